"""tools/dev e2e cliff: the public jitter-cliff and loss-tolerance tables, real TCP through the emulator.

Published: acooks/jittertrap, pathological-porcupines, results jitter-cliff-verification and loss-tolerance-clean
(medians of ten runs of 10 s, five paced at 5 MB/s and five at 10, in KB/s of 1,024 bytes). Their path is netem on both sides of
a bridge, `delay D J distribution normal`; ours is gimbal-impair with the same figures. Each row is judged: the
ratio of the medians within 25 %. Two rows lie in the published "chaos zone", where CUBIC is bimodal (their own ten runs of one of
them reach from 564 to 2,294 KB/s): there three times as many runs are made, and where the medians are still apart, a rank test says
how surely the runs differ; the row is outside all the same. Exit code 1 when a row is outside."""
import argparse
import json
import math
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
# The published runs of the rows in the chaos zone.
CHAOS = {
    ((25, 12, 0), "cubic"): (372, 230, 329, 159, 579, 169, 396, 239, 326, 231),
    ((50, 16, 0), "cubic"): (2180, 1477, 1485, 868, 764, 1274, 2294, 907, 570, 1575),
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


def set_path(rig, row):
    body = json.dumps({"a_to_b": _way(*row), "b_to_a": _way(*row)})
    done = rig.run(rig.far, "curl", "-sf", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", body,
                   "http://127.0.0.1:8481/api/v1/config")
    return json.loads(done.stdout)


def carried(rig, cc, rate, flows, seconds, port):
    """KB/s of each of `flows` transfers at once; without a bottleneck they do not meet."""
    tool, where = Path(__file__).with_name("paced.py"), f"{rig.CLIENT}:{port}"
    receiving = rig.spawn(rig.client, [sys.executable, tool, "serve", where, flows, seconds], f"serve-{port}")
    receiving.wait_ready(10)
    rig.run(rig.server, sys.executable, tool, "send", where, flows, seconds + 2, cc, rate, seconds=4 * seconds + 60)
    receiving.process.wait(20)
    return [x / 1024 for x in json.loads(receiving.text().splitlines()[-1])]


def measure(rig, row, cc, flows, seconds, ports):
    set_path(rig, row)
    return [x for rate in _RATES for x in carried(rig, cc, rate, flows, seconds, next(ports))]


def rank_test(a, b):
    """Two-sided probability, of the normal approximation, that two samples of one distribution lie so (Mann and Whitney)."""
    wins = sum((x > y) + (x == y) / 2 for x in a for y in b)
    spread = math.sqrt(len(a) * len(b) * (len(a) + len(b) + 1) / 12)
    return math.erfc(abs(wins - len(a) * len(b) / 2) / spread / math.sqrt(2))


def judge(row, cc, published, seen):
    """(whether the row stands, what to say)."""
    ratio = statistics.median(seen) / published
    if 1 - _ROOM <= ratio <= 1 + _ROOM:
        return True, "ok"
    if (row, cc) not in CHAOS:
        return False, "OUTSIDE"
    chance = rank_test(seen, CHAOS[row, cc])
    return False, f"OUTSIDE, chaos zone: rank test {chance:.2f}"


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
        # As theirs: what one connection learned of the path (reordering, threshold) the next one begins with.
        for namespace in (rig.server, rig.client):
            rig.run(namespace, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=0")
        for row, known in PUBLISHED.items():
            for cc, published in zip(_SENDERS, known):
                if options.match not in _name(row, cc):
                    continue
                start = time.monotonic()
                seen = []
                for _ in range(3 if (row, cc) in CHAOS else 1):
                    seen += measure(rig, row, cc, options.runs, options.seconds, ports)
                kept, said = judge(row, cc, published, seen)
                failed += not kept
                ratio = statistics.median(seen) / published
                rows.append({"row": _name(row, cc), "published": published, "seen": seen, "ratio": ratio, "kept": kept})
                print(f"{_name(row, cc):30} {published:9} {statistics.median(seen):9.0f} {min(seen):7.0f} {max(seen):7.0f} "
                      f"{ratio:6.2f}   {said} ({time.monotonic() - start:.0f} s)", flush=True)
    (folder / "cliff.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(f"cliff: {len(rows) - failed} rows stand, {failed} outside {_ROOM:.0%}; {folder / 'cliff.json'}")
    return 1 if failed or not rows else 0
