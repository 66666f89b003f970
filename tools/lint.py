"""tools/dev lint: every check on the text of the project. Prints one line a check."""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import check_layers
from sources import ROOT, cpp_files, relative

BUILD = Path(os.environ.get("GIMBAL_BUILD", ROOT / "build"))


def _tracked(*patterns):
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                          text=True)
    if done.returncode == 0:
        return [ROOT / line for line in done.stdout.split("\n") if line and (ROOT / line).is_file()]
    skipped = ("build", ".git")
    return [p for p in ROOT.rglob("*") if p.is_file() and not p.relative_to(ROOT).parts[0].startswith(skipped)]


def formatting():
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *map(str, cpp_files())], capture_output=True,
                          text=True)
    return [line.replace(f"{ROOT}/", "") for line in done.stderr.split("\n") if "error:" in line]


def layers():
    return [c for path in cpp_files() for c in check_layers.check_file(path)]


def packet_path_tokens():
    return [c for path in cpp_files() for c in check_layers.check_tokens(path)]


def headers_alone():
    """Each header compiles as the only include, twice (its guard works)."""
    flags = _flags()
    skip_dpdk = not any("rte_config" in f for f in flags["lib/io_dpdk"])

    def complain(header):
        name = relative(header)
        if skip_dpdk and name.startswith("lib/io_dpdk"):
            return []
        mine = flags.get("/".join(name.split("/")[:2]), flags[""]) + ["-I", str(ROOT / "apps"), "-I", str(ROOT / "tests")]
        with tempfile.NamedTemporaryFile("w", suffix=".cc") as unit:
            unit.write(f'#include "{header}"\n#include "{header}"\n')
            unit.flush()
            done = subprocess.run(["ccache", "g++", "-std=c++20", "-fsyntax-only", "-Wall", *mine, unit.name],
                                  capture_output=True, text=True)
        return [] if done.returncode == 0 else [f"{name}: does not compile alone: {done.stderr.strip()[:600]}"]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [c for found in pool.map(complain, cpp_files(".h")) for c in found]


def _flags():
    """Include and machine flags by folder, as the build uses them."""
    flags = {"": ["-I", str(ROOT / "lib")], "lib/io_dpdk": []}
    database = BUILD / "compile_commands.json"
    for entry in json.loads(database.read_text()) if database.exists() else []:
        source = Path(entry["directory"], entry["file"]).resolve()
        if not source.is_relative_to(ROOT):
            continue
        folder = "/".join(relative(source).split("/")[:2])
        words = shlex.split(entry["command"])
        kept = [w for i, w in enumerate(words) if w.startswith(("-I", "-isystem", "-D", "-m", "-fno-")) or
                (i and words[i - 1] in ("-include", "-isystem", "-I")) or w == "-include"]
        kept = [f"-I{Path(entry['directory'], w[2:])}" if w.startswith("-I") and not w.startswith("-I/") else w
                for w in kept]
        flags[folder] = kept + ["-I", str(ROOT / "lib")]
    return flags


def spelling():
    files = [str(p) for p in _tracked() if p.suffix not in (".pcap", ".bin") and "corpus" not in p.parts
             and p.name != "LICENSE"]
    done = subprocess.run(["codespell", "-q", "3", "-L", "ans,ot,te,nd,ue,inflight,iif,fo,upto,ect", *files], capture_output=True,
                          text=True)
    return [line.replace(f"{ROOT}/", "") for line in done.stdout.split("\n") if "==>" in line]


def house_paths():
    """No path of the machine something was written on, no work left to do in the text."""
    banned = re.compile(r"(?<![\w.])/(?:work|home)/\w")
    todo = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    complaints = []
    for path in _tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if banned.search(line) and "banned" not in line:
                complaints.append(f"{relative(path)}:{number}: names a path of one machine")
            if todo.search(line) and path.suffix in (".h", ".cc", ".py"):
                complaints.append(f"{relative(path)}:{number}: unfinished work belongs in an issue")
    return complaints


def waiting_tests():
    """A unit test that waits on the wall clock is slow on a good day and wrong on a bad one."""
    pattern = re.compile(r"sleep_for|sleep_until|\busleep\(|\bnanosleep\(")
    return [f"{relative(p)}:{n}: a unit test must not wait" for p in cpp_files() if relative(p).startswith("tests/unit")
            for n, line in enumerate(p.read_text().split("\n"), 1) if pattern.search(line)]


def sizes():
    budget = check_layers.RULES["budget"]
    found = []
    for path in cpp_files():
        lines = path.read_text().count("\n")
        kind = "test" if relative(path).startswith("tests") else "header" if path.suffix == ".h" else "source"
        if lines > budget[kind]:
            found.append(f"{relative(path)}: {lines} lines, the budget of a {kind} is {budget[kind]}")
    return found


CHECKS = [("formatting", formatting), ("layers", layers), ("packet-path words", packet_path_tokens),
          ("headers compile alone", headers_alone), ("spelling", spelling), ("paths and leftovers", house_paths),
          ("unit tests do not wait", waiting_tests)]


def main():
    failed = 0
    for name, check in CHECKS:
        complaints = check()
        failed += bool(complaints)
        print(f"{'FAIL' if complaints else 'ok  '} {name}")
        for complaint in complaints[:40]:
            print(f"     {complaint}")
        if len(complaints) > 40:
            print(f"     ... and {len(complaints) - 40} more")
    for warning in sizes():
        print(f"warn {warning}")
    print(f"lint: {len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
