"""The project's C++ files and a reader that leaves comments and literals out."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("lib", "apps", "tests")
_PARTS = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", re.S)
_INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def cpp_files(*suffixes):
    wanted = suffixes or (".h", ".cc")
    return sorted(p for folder in _FOLDERS for p in (ROOT / folder).rglob("*") if p.suffix in wanted)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def includes(path: Path):
    """(line, name, quoted) of each include."""
    text = path.read_text()
    for match in _INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(2), match.group(1) == '"'


def code_lines(path: Path):
    """The lines with comments, strings and digit separators blanked; line numbers stay true."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", path.read_text())
    blank = _PARTS.sub(lambda m: "\n" * m.group(0).count("\n") or " ", text)
    return enumerate(blank.split("\n"), 1)
