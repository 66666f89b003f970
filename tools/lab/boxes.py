"""The boxes a matrix compares, by name, and what each is made of."""
import json
import subprocess
import tempfile
from pathlib import Path

from .oracle import lit_share, steady
from .paths import program
from .profiles import Profile

# "off2" is "off" once more: the difference between the two is what the laboratory itself cannot tell apart.
BOXES = ["off", "off2", "bypass", "observe", "auto", "custody", "oracle"]


def setting(box: str, profile: Profile):
    """(mode of the rig's box, profile, share of the goodput that counts, tune) for a box by name."""
    if box == "oracle":
        return "off", steady(profile), lit_share(profile), None
    if box == "custody":
        return "auto", profile, 1.0, _with_custody
    return ("off" if box == "off2" else box), profile, 1.0, None


def _with_custody(config):
    config["policy"]["default"]["custody"] = "always"


def custody_refused() -> str:
    """Why the appliance takes no `custody: always`, or an empty text when it does."""
    config = {"ports": {"lan": {"device": "iface:a0"}, "wan": {"device": "iface:b0"}},
              "policy": {"default": {"mode": "auto", "custody": "always"}}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "custody.json"
        path.write_text(json.dumps(config))
        done = subprocess.run([program("gimbal"), "--config", path, "--check"], capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip().splitlines()[-1]


def usable(names):
    """The boxes that can be measured now; says which cannot, and why."""
    unknown = [n for n in names if n not in BOXES]
    if unknown:
        raise SystemExit(f"no box {', '.join(unknown)}; there are {', '.join(BOXES)}")
    if "custody" in names and (why := custody_refused()):
        print(f"custody is left out, the appliance refuses it: {why}")
        names = [n for n in names if n != "custody"]
    return names
