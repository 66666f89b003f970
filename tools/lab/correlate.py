"""tools/dev e2e correlate: does the simulator rank paths as real TCP does?

The same cells (profile x sender x direction x box) are run in the simulator and on real TCP; printed are Spearman's rank correlation per
sender, per box and over all, and the cells that disagree most. Real runs are kept and taken up again like those of the matrix."""
import argparse
import csv
import itertools
import json
import os
import platform
from pathlib import Path

import plots
from sweep import simulate

from . import ledger, matrix, netns, runs
from .paths import BUILD
from .spread import Spread, print_table, ratio, spearman

_COLOURS = {"cubic": "on", "reno": "off", "bbr": "c4"}
_OVERHEAD_S = 1.6


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e correlate", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", default="all")
    parser.add_argument("--senders", default="cubic")
    parser.add_argument("--directions", default="download")
    parser.add_argument("--boxes", default="off,auto")
    parser.add_argument("--seeds", default="1", help="of the real runs")
    parser.add_argument("--sim-seeds", type=int, default=3, help="runs per simulated cell")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--out", type=Path, default=BUILD / "correlation")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--lock", type=Path, help="hold this file during each real run")
    return parser.parse_args(arguments)


def _simulated(options, folder) -> dict:
    """{(profile, sender, direction, box): Spread of Mb/s}."""
    found = {}
    for direction in options.directions.split(","):
        rows = simulate([], ",".join(p.name for p in runs.chosen(options.profiles)), options.senders, options.sim_seeds,
                        options.seconds, folder, boxes=options.boxes,
                        more=["--direction", "up" if direction == "upload" else "down"])
        for row in rows:
            found.setdefault((row["profile"], row["sender"], direction, row["box"]), []).append(float(row["goodput_mbit"]))
    return {cell: Spread(values) for cell, values in found.items()}


def main(arguments) -> int:
    options = parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    print("simulating ...", flush=True)
    simulated = _simulated(options, options.out)
    netns.sweep()
    profiles = [p.name for p in runs.chosen(options.profiles)]
    jobs = matrix.jobs(profiles, options.senders.split(","), options.directions.split(","), options.boxes.split(","),
                       [int(s) for s in options.seeds.split(",")], options.seconds)
    rows = ledger.run_all(jobs, matrix.run, options.out, options.resume, options.seconds + _OVERHEAD_S, options.lock)
    real = {}
    for row in rows:
        if "failed" not in row:
            real.setdefault((row["profile"], row["sender"], row["direction"], row["box"]), []).append(row["goodput_mbit"])
    pairs = [(cell, Spread(real[cell]), simulated[cell]) for cell in simulated if cell in real]
    _report(pairs, options)
    return 1 if any("failed" in row for row in rows) or not pairs else 0


def correlations(pairs) -> list:
    """[(what, cells, rank correlation)...]."""
    groups = [("all", pairs)]
    for index, name in ((1, "sender"), (2, "direction"), (3, "box")):
        for value in dict.fromkeys(cell[index] for cell, _, _ in pairs):
            groups.append((f"{name} {value}", [p for p in pairs if p[0][index] == value]))
    for sender, box in itertools.product(*(dict.fromkeys(c[i] for c, _, _ in pairs) for i in (1, 3))):
        groups.append((f"{sender}, {box}", [p for p in pairs if p[0][1] == sender and p[0][3] == box]))
    return [(name, len(mine), spearman([r.middle for _, r, _ in mine], [s.middle for _, _, s in mine])) for name, mine in groups]


def _report(pairs, options):
    found = [[name, count, f"{value:.3f}"] for name, count, value in correlations(pairs)]
    print("\nSpearman's rank correlation of goodput, real against simulated")
    print_table(["cells", "number", "correlation"], found, left=1)
    lines = [[*cell, real, sim, ratio(sim.middle, real.middle)] for cell, real, sim in
             sorted(pairs, key=lambda p: abs(p[2].middle - p[1].middle), reverse=True)]
    headers = ["path", "sender", "way", "box", "real, Mb/s", "simulated, Mb/s", "simulated/real"]
    print("\nthe cells that differ most")
    print_table(headers, lines[:12], left=4)
    with open(options.out / "correlation.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["profile", "sender", "direction", "box", "real_mbit", "simulated_mbit"])
        writer.writerows([*cell, f"{r.middle:.2f}", f"{s.middle:.2f}"] for cell, r, s in pairs)
    (options.out / "correlation.json").write_text(json.dumps({name: float(value) for name, _, value in found}, indent=1))
    by_sender = [(s, _COLOURS.get(s, "c2"), [(r.middle, m.middle, f"{c[0]}, {c[2]}, {c[3]}") for c, r, m in pairs if c[1] == s])
                 for s in dict.fromkeys(c[1] for c, _, _ in pairs)]
    body = (plots.legend([(css, name) for name, css, _ in by_sender]) + '<div class="plots">' +
            plots.scatter("Goodput of each cell, Mb/s", "real TCP", "simulated", by_sender) + "</div>" +
            plots.table(["cells", "number", "correlation"], found) + plots.table(headers, lines))
    remark = f"Real: Linux {platform.release()}, {os.cpu_count()} cores, seeds {options.seeds}, {options.seconds:g} s."
    (options.out / "correlation.html").write_text(plots.page("Gimbal: simulator against real TCP", remark, body))
    print(f"\n{options.out}/correlation.html, .csv, .json")
