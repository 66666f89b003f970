"""tools/dev e2e cliff: the public jitter-cliff and loss-tolerance tables, real TCP through the emulator.

Published: acooks/jittertrap, pathological-porcupines, results jitter-cliff-verification and loss-tolerance-clean
(medians of ten runs of 10 s, five paced at 5 MB/s and five at 10, in KB/s of 1,024 bytes). Their path is netem on both sides of
a bridge, `delay D J distribution normal`; ours is gimbal-impair with the same figures. Each row is judged: the
ratio of the medians within 25 %. Rows that cannot be judged so are named with the reason and printed all the
same. Exit code 1 when a judged row is outside."""
import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from . import netns
from .paths import BUILD
from .rig import Rig

# One-way delay and its jitter in ms, loss in percent, both ways: what CUBIC and BBR carried.
PUBLISHED = {
    (25, 0, 0): (5258, 5405), (25, 4, 0): (4898, 4934), (25, 8, 0): (4372, 1821), (25, 12, 0): (283, 536),
    (25, 16, 0): (117, 414), (25, 24, 0): (90, 355),
    (12, 0, 0): (7224, 7236), (12, 4, 0): (4925, 3183), (12, 8, 0): (216, 876), (12, 12, 0): (170, 749),
    (50, 0, 0): (2694, 2909), (50, 8, 0): (2547, 2454), (50, 16, 0): (1376, 1013), (50, 24, 0): (176, 320),
    (25, 0, 0.1): (1935, 4824), (25, 0, 0.25): (1065, 4174), (25, 0, 0.5): (590, 3596), (25, 0, 1): (369, 3043),
    (25, 0, 2): (251, 2577), (25, 0, 5): (120, 2132),
}
_SENDERS = ("cubic", "bbr")
_RATES = (5, 10)
_ROOM = 0.25


def _way(delay, jitter, loss):
    way = {"delay_ms": delay, "jitter": None, "loss": None}
    if jitter:
        way["jitter"] = {"kind": "normal", "ms": jitter, "order": "reorder"}
    if loss:
        way["loss"] = {"kind": "bernoulli", "percent": loss}
    return way


def _set_path(rig, row):
    body = json.dumps({"a_to_b": _way(*row), "b_to_a": _way(*row)})
    done = rig.run(rig.far, "curl", "-sf", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", body,
                   "http://127.0.0.1:8481/api/v1/config")
    return json.loads(done.stdout)


def _carried(rig, cc, rate, flows, seconds, port):
    """KB/s of each of `flows` transfers at once; without a bottleneck they do not meet."""
    tool, where = Path(__file__).with_name("paced.py"), f"{rig.CLIENT}:{port}"
    receiving = rig.spawn(rig.client, [sys.executable, tool, "serve", where, flows, seconds], f"serve-{port}")
    receiving.wait_ready(10)
    rig.run(rig.server, sys.executable, tool, "send", where, flows, seconds + 2, cc, rate, seconds=4 * seconds + 60)
    receiving.process.wait(20)
    return [x / 1024 for x in json.loads(receiving.text().splitlines()[-1])]


def measure(rig, row, cc, flows, seconds, ports):
    _set_path(rig, row)
    return [x for rate in _RATES for x in _carried(rig, cc, rate, flows, seconds, next(ports))]


def _name(row, cc):
    delay, jitter, loss = row
    return f"{delay} ms" + (f" +- {jitter} ms" if jitter else "") + (f", {loss:g} % loss" if loss else "") + f", {cc}"


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e cliff", description=__doc__)
    parser.add_argument("--match", default="", help="only rows whose name contains this, such as '25 ms +- 8' or 'bbr'")
    parser.add_argument("--runs", type=int, default=5, help="at each of the two rates, at once")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    netns.sweep()
    folder = BUILD / "cliff"
    rows, failed = [], 0
    ports = iter(range(7000, 9999))
    print(f"{'one way, both ways alike':30} {'published':>9} {'measured':>9} {'least':>7} {'most':>7} {'ratio':>6}   KB/s")
    with Rig(folder, box="off", path={"a_to_b": {"delay_ms": 25}, "b_to_a": {"delay_ms": 25}}, seed=options.seed) as rig:
        for row, known in PUBLISHED.items():
            for cc, published in zip(_SENDERS, known):
                name = _name(row, cc)
                if options.match not in name:
                    continue
                start = time.monotonic()
                seen = measure(rig, row, cc, options.runs, options.seconds, ports)
                ratio = statistics.median(seen) / published
                kept = 1 - _ROOM <= ratio <= 1 + _ROOM
                failed += not kept
                rows.append({"row": name, "published": published, "seen": seen, "ratio": ratio, "kept": kept})
                print(f"{name:30} {published:9} {statistics.median(seen):9.0f} {min(seen):7.0f} {max(seen):7.0f} "
                      f"{ratio:6.2f}   {'ok' if kept else 'OUTSIDE'} ({time.monotonic() - start:.0f} s)", flush=True)
    (folder / "cliff.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(f"cliff: {len(rows) - failed} rows within {_ROOM:.0%}, {failed} outside; {folder / 'cliff.json'}")
    return 1 if failed or not rows else 0
