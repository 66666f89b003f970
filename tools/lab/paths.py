"""Where things are in the repository."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("GIMBAL_BUILD", ROOT / "build"))


def program(name: str) -> Path:
    """The built program: 'gimbal', 'gimbal-impair', 'gimbal-probe', 'gimbal-replay', 'gimbalctl'."""
    folder = {"gimbalctl": "ctl"}.get(name, name.removeprefix("gimbal-"))
    return BUILD / "apps" / folder / name
