"""Checks who includes whom against layers.toml, and the words the packet path must not know."""
import re
import sys
import tomllib
from pathlib import Path

from sources import ROOT, code_lines, cpp_files, includes, relative

RULES = tomllib.loads((Path(__file__).parent / "layers.toml").read_text())


def _place(path):
    parts = path.relative_to(ROOT).parts
    return parts[0], parts[1] if len(parts) > 2 else ""


def check_file(path, rules=RULES):
    """The complaints about one file, as `path:line: what`."""
    area, room = _place(path)
    where = relative(path)
    if area == "lib" and room not in rules["rooms"]:
        yield f"{where}:1: room '{room}' has no row in tools/layers.toml"
        return
    allowed = {"lib": rules["rooms"], "apps": rules["apps"]}.get(area, {}).get(room, ["*"])
    for line, name, quoted in includes(path):
        target = name.split("/")[0] if "/" in name else ""
        if quoted and target in rules["rooms"] and target != room and "*" not in allowed and target not in allowed:
            yield f"{where}:{line}: {room} may not include {name} (tools/layers.toml)"
        if quoted and area == "lib" and target not in rules["rooms"]:
            yield f"{where}:{line}: include \"{name}\" is not rooted at lib/"
        for prefix, places in rules["only"].items():
            if name.startswith(prefix) and not any(where.startswith(place + "/") for place in places):
                yield f"{where}:{line}: <{name}> belongs to {', '.join(places)} only"


def check_tokens(path, rules=RULES):
    """Words of the packet path that allocate, block, throw, log or read a clock."""
    area, room = _place(path)
    path_rules = rules["packet_path"]
    if area != "lib" or room not in path_rules["rooms"]:
        return
    patterns = [(t, re.compile(r"(?<![\w:])" + re.escape(t) + r"(?![\w])")) for t in path_rules["tokens"]]
    for number, line in code_lines(path):
        for token, pattern in patterns:
            if token == "new" and "new (" in line:
                continue  # Placement: no memory is taken.
            if pattern.search(line) and not line.lstrip().startswith("#"):
                yield f"{relative(path)}:{number}: '{token}' has no place on the packet path"


def main():
    complaints = [c for path in cpp_files() for check in (check_file, check_tokens) for c in check(path)]
    print("\n".join(complaints), file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
