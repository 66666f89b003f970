"""tools/dev e2e rescue: what the appliance brings, measured on real TCP.

Without a further option: profile x sender x direction x box, bulk transfers. Options choose another measurement: bystanders,
a UDP stream, short transfers, the first bytes. Every run is kept as it ends; --resume takes up where a run was stopped."""
import argparse
from pathlib import Path

from . import boxes, ledger, matrix, matrix_report, netns, runs
from .paths import BUILD

DEFAULT_PROFILES = "clean,reorder5ms,reorder15ms,fifojit10,loss1,wifi,congested"
_OVERHEAD_S = 1.6  # of one run: namespaces, programs, and taking them down


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e rescue", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", default=DEFAULT_PROFILES, help="paths by name; all: every bulk path")
    parser.add_argument("--senders", default="cubic", help="of cubic, reno, bbr")
    parser.add_argument("--directions", default="download", help="of download, upload")
    parser.add_argument("--boxes", default="off,off2,auto,oracle", help=f"of {', '.join(boxes.BOXES)}")
    parser.add_argument("--seeds", default="1,2", help="of the path, one run each")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each transfer")
    parser.add_argument("--out", type=Path, default=BUILD / "rescue", help="folder for everything written")
    parser.add_argument("--resume", action="store_true", help="keep the runs that stand in --out")
    parser.add_argument("--lock", type=Path, help="hold this file during each run: one measurement at a time on a machine")
    return parser.parse_args(arguments)


def main(arguments) -> int:
    options = parse(arguments)
    seeds = [int(s) for s in options.seeds.split(",")]
    names = boxes.usable(options.boxes.split(","))
    profiles = [p.name for p in runs.chosen(options.profiles)]
    netns.sweep()
    rows = ledger.run_all(matrix.jobs(profiles, options.senders.split(","), options.directions.split(","), names, seeds,
                                      options.seconds), matrix.run, options.out, options.resume,
                          options.seconds + _OVERHEAD_S, options.lock)
    told = f"Transfers of {options.seconds:g} s, seeds {options.seeds}, boxes of a cell in turn."
    matrix_report.write(rows, options.out, told)
    print(f"{options.out}/rescue.html, rescue.csv, rescue.json; of each run logs/: ss.log, nstat.json, box.json")
    return 1 if any("failed" in row for row in rows) else 0
