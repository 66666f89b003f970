"""tools/dev sweep NAME=v1,v2,...: a constant of the engine, varied in the simulator.

One simulation per value, profile, sender and seed; the medians over seeds as a table and as CSV. Several NAME=... give every
combination. What the engine's constants are called: tools/dev sweep list. A constant is a field of RepairLimits
(lib/shaper/repair_limits.h) with its name in tests/sim/named_limits.cc."""
import argparse
import csv
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from lab.paths import BUILD
from lab.spread import Spread, print_table

SIMULATOR = BUILD / "tests/sim/gimbal-sim"
FIGURES = ["goodput_mbit", "bystander_mbit", "rtt_p50_ms", "standing_queue_ms", "queue_drops", "retransmitted"]


def _options():
    parser = argparse.ArgumentParser(prog="tools/dev sweep", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("constants", nargs="+", metavar="NAME=v1,v2", help="or 'list'")
    parser.add_argument("--profiles", default="all", help="simulated paths, or all")
    parser.add_argument("--senders", default="cubic")
    parser.add_argument("--seeds", type=int, default=3, help="runs per cell")
    parser.add_argument("--seconds", type=float, default=10, help="virtual length of a run")
    parser.add_argument("--bystander-at", type=float, help="a plain CUBIC flow from this second on, past the box")
    parser.add_argument("--figure", choices=FIGURES, default="goodput_mbit", help="what the table shows; the CSV has all")
    parser.add_argument("--out", type=Path, default=BUILD / "sweep", help="folder of sweep.csv")
    return parser.parse_args()


def _combinations(constants):
    named = []
    for constant in constants:
        name, equals, values = constant.partition("=")
        if not equals or not values:
            raise SystemExit(f"sweep: '{constant}' is no NAME=v1,v2; tools/dev sweep list names the constants")
        named.append([f"{name}={value}" for value in values.split(",")])
    return list(itertools.product(*named))


def simulate(limits, profiles, senders, seeds, seconds, folder: Path, bystander_at=None, boxes="auto", more=()) -> list:
    """Rows of the simulator's CSV. Broken promises are in its column `broken`; any other failure ends the sweep."""
    out = folder / "rows.csv"
    command = [SIMULATOR, "--profile", profiles, "--sender", senders, "--box", boxes, "--seeds", seeds, "--seconds", seconds,
               "--csv", out, *more]
    for limit in limits:
        command += ["--limit", limit]
    if bystander_at is not None:
        command += ["--bystander-at", bystander_at]
    out.unlink(missing_ok=True)
    done = subprocess.run(["nice", "-n", "5", *map(str, command)], capture_output=True, text=True)
    if not out.exists():
        raise SystemExit(done.stderr.strip() or f"{SIMULATOR} ended with {done.returncode}")
    with open(out, newline="") as read:
        return list(csv.DictReader(read))


def main():
    options = _options()
    if not SIMULATOR.exists():
        print(f"sweep: {SIMULATOR} is not built; run tools/dev build", file=sys.stderr)
        return 1
    if options.constants == ["list"]:
        said = subprocess.run([SIMULATOR, "--limit", "?"], capture_output=True, text=True).stderr
        print("\n".join(line for line in said.splitlines() if "=" in line))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    combinations, rows, start = _combinations(options.constants), [], time.monotonic()
    print(f"{len(combinations)} settings, {os.cpu_count()} cores", flush=True)
    for done, limits in enumerate(combinations, 1):
        here = simulate(limits, options.profiles, options.senders, options.seeds, options.seconds, options.out,
                        options.bystander_at)
        rows += [{"setting": " ".join(limits), **row} for row in here]
        spent = time.monotonic() - start
        print(f"[{done}/{len(combinations)}, {spent / done * (len(combinations) - done):.0f} s left] {' '.join(limits)}", flush=True)
    with open(options.out / "sweep.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    _print(rows, [" ".join(c) for c in combinations], options.figure)
    print(f"\n{options.out}/sweep.csv")
    return 1 if any(row["broken"] != "0" for row in rows) else 0


def _print(rows, settings, figure):
    cells = list(dict.fromkeys((r["profile"], r["sender"]) for r in rows))
    table, sums = [], [0.0] * len(settings)
    for cell in cells:
        line = list(cell)
        for i, setting in enumerate(settings):
            spread = Spread([float(r[figure]) for r in rows if (r["profile"], r["sender"]) == cell and r["setting"] == setting])
            line.append(spread)
            sums[i] += spread.middle
        table.append(line)
    table.append(["mean", "", *(f"{s / len(cells):.1f}" for s in sums)])
    broken = sum(int(r["broken"]) for r in rows)
    print(f"\n{figure}: median over seeds [least-greatest]" + (f"; {broken} promises BROKEN" if broken else ""))
    print_table(["path", "sender", *settings], table)


if __name__ == "__main__":
    sys.exit(main())
