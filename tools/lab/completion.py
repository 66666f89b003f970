"""Transfers with an end: how long 10 kB to 10 MB take, each on a fresh connection."""
import itertools
from pathlib import Path

from . import boxes, measure
from .profiles import PROFILES
from .rig import Rig
from .spread import Spread, ratio

NAME, GUESS_S = "short", 12.0
BOXES_DEFAULT = "off,auto"
PROFILES_DEFAULT = "all"
SIZES = {10_000: 10, 100_000: 6, 1_000_000: 3, 10_000_000: 1}  # bytes, and how often in one run
FIRST_BYTES = {10_000_000: 1}
FIRST_BYTES_PROFILES = "long,loss1long,reorderlong"
_LIMIT_S = 90


def jobs(options, profiles, names, seeds):
    sizes = FIRST_BYTES if options.first_bytes else SIZES
    out = []
    for seed, profile, sender in itertools.product(seeds, profiles, options.senders.split(",")):
        for box in names if seed % 2 else names[::-1]:
            fields = {"profile": profile, "sender": sender, "box": box, "seed": seed, "sizes": list(sizes.items())}
            out.append((f"{profile}-{sender}-{box}-{seed}-{'first' if options.first_bytes else 'short'}", fields))
    return out


def run(fields, folder: Path) -> dict:
    mode, profile, _, tune = boxes.setting(fields["box"], PROFILES[fields["profile"]])
    took = {}
    with Rig(folder, box=mode, path=profile.emulator(), seed=fields["seed"], tune=tune) as rig:
        with measure.probe_server(rig) as listen:
            for size, times in fields["sizes"]:
                took[str(size)] = [_seconds(rig, listen, size, i, fields["sender"]) for i in range(times)]
    said = ", ".join(f"{_named(int(size))} {Spread(values).middle * 1e3:.0f} ms" for size, values in took.items())
    return {"took_s": took, "says": said}


def _seconds(rig, listen, size, number, cc):
    """Until the last byte was read; the limit when it never was."""
    result = measure.bulk(rig, listen, name=f"{size}-{number}", total=size, cc=cc, limit=_LIMIT_S)
    return result["flows"][0]["receiver"]["t_ms"][-1] / 1e3 if result["complete"] else float(_LIMIT_S)


def _named(size):
    return f"{size // 1_000_000} MB" if size >= 1_000_000 else f"{size // 1000} kB"


def tables(rows):
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    sizes = list(dict.fromkeys(size for r in rows for size in r["took_s"]))
    headers = ["path", "sender", "size"] + [h for box in names for h in ([f"{box}, ms"] + ([f"off/{box}"] if box != "off" else []))]
    out = []
    for profile, sender in dict.fromkeys((r["profile"], r["sender"]) for r in rows):
        for size in sizes:
            def spread(box):
                return Spread([1e3 * t for r in rows if (r["profile"], r["sender"], r["box"]) == (profile, sender, box)
                               for t in r["took_s"].get(size, [])])
            line = [profile, sender, _named(int(size))]
            for box in names:
                line += [spread(box)] + ([ratio(spread("off").middle, spread(box).middle)] if box != "off" else [])
            out.append(line)
    return [("time to complete: median [least-greatest]; off/box above 1 is faster with the box", headers, out)]


def bars(rows):
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    size = list(rows[0]["took_s"])[-1]
    groups = [(profile, [(b, Spread([t for r in rows if r["profile"] == profile and r["box"] == b for t in r["took_s"][size]]))
                         for b in names]) for profile in dict.fromkeys(r["profile"] for r in rows)]
    return f"Time to complete {_named(int(size))}", "s", groups
