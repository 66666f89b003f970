"""tools/dev bless: runs the golden tests accepting what they print now, and shows what that changed.

Nothing is committed: read the difference, keep it with `git add` or throw it away with `git restore`."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    suites = sys.argv[1:] or ["sim", "golden"]
    arguments = [word for suite in suites for word in ("--suite", suite)]
    subprocess.run(["meson", "test", "-C", str(ROOT / "build"), "--no-rebuild", *arguments],
                   env={**os.environ, "GIMBAL_BLESS": "1"}, check=True)
    changed = subprocess.run(["git", "diff", "--stat", "-p", "--", "tests"], cwd=ROOT, capture_output=True, text=True)
    print(changed.stdout or "bless: nothing changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
