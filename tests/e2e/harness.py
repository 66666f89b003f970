"""Registers and runs end-to-end tests. A test is a function of one argument: its folder for logs."""
import importlib
import re
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from lab import netns  # noqa: E402
from lab.paths import BUILD  # noqa: E402

_TESTS = []


def test(sentence):
    def register(function):
        _TESTS.append((sentence, function))
        return function
    return register


class Failed(AssertionError):
    """A promise was not kept; the text says which and what was seen."""


def expect(kept, *said):
    if not kept:
        raise Failed(" ".join(str(s) for s in said))


def collect():
    for module in sorted(Path(__file__).parent.glob("check_*.py")):
        importlib.import_module(module.stem)
    return _TESTS


def folder_of(sentence):
    return BUILD / "e2e" / re.sub(r"[^a-z0-9]+", "-", sentence.lower()).strip("-")[:80]


def run_one(sentence, function) -> bool:
    folder = folder_of(sentence)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*"):
        if old.is_file():
            old.unlink()
    start = time.monotonic()
    try:
        function(folder)
    except (Exception, SystemExit) as error:
        (folder / "failure.log").write_text(traceback.format_exc())
        print(f"FAIL {sentence} ({time.monotonic() - start:.1f} s)\n     {_indent(error)}\n"
              f"     logs: {folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder}", flush=True)
        return False
    print(f"ok   {sentence} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def _indent(error):
    text = f"{'' if isinstance(error, (Failed, netns.LabError)) else type(error).__name__ + ': '}{error}"
    return "\n     ".join(text.splitlines()[-25:])


def run_all(match=""):
    chosen = [(s, f) for s, f in collect() if match.lower() in s.lower()]
    netns.sweep()
    failed = [s for s, f in chosen if not run_one(s, f)]
    print(f"e2e: {len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not chosen else 0
