"""tools/dev e2e rescue: what the appliance brings, measured on real TCP.

Without a further option: profile x sender x direction x box, bulk transfers. --bystander, --udp, --short and --first-bytes choose
another measurement, with profiles and boxes of their own unless given. Every run is kept as it ends; --resume takes up where a run was stopped."""
import argparse
from pathlib import Path

from . import boxes, completion, ledger, matrix, matrix_report, netns, runs, sharing, study, udp
from .paths import BUILD

DEFAULT_PROFILES = "clean,reorder5ms,reorder15ms,fifojit10,loss1,wifi,congested"
DEFAULT_BOXES = "off,off2,auto,oracle"
_OVERHEAD_S = 1.6  # of one run: namespaces, programs, and taking them down


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e rescue", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", help=f"paths by name; all: every bulk path ({DEFAULT_PROFILES})")
    parser.add_argument("--senders", default="cubic", help="of cubic, reno, bbr")
    parser.add_argument("--directions", default="download", help="of download, upload")
    parser.add_argument("--boxes", help=f"of {', '.join(boxes.BOXES)} ({DEFAULT_BOXES})")
    parser.add_argument("--seeds", default="1,2", help="of the path, one run each")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each transfer")
    parser.add_argument("--out", type=Path, default=BUILD / "rescue", help="folder for everything written")
    parser.add_argument("--resume", action="store_true", help="keep the runs that stand in --out")
    parser.add_argument("--lock", type=Path, help="hold this file during each run: one measurement at a time on a machine")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--bystander", metavar="KINDS", help="plain flows beside: cubic, bbr, cubic:4 ...; ours are as many")
    other.add_argument("--udp", action="store_true", help="delay of a 1 Mb/s datagram stream beside a transfer")
    other.add_argument("--short", action="store_true", help="time to complete 10 kB, 100 kB, 1 MB, 10 MB")
    other.add_argument("--first-bytes", action="store_true", help="time to the first 10 MB on paths of 150 ms")
    return parser.parse_args(arguments)


def _study(options):
    """The module that measures what was asked for, and its usual profiles; None for the matrix."""
    if options.bystander:
        return sharing, sharing.PROFILES_DEFAULT
    if options.udp:
        return udp, udp.PROFILES_DEFAULT
    if options.short or options.first_bytes:
        return completion, completion.FIRST_BYTES_PROFILES if options.first_bytes else completion.PROFILES_DEFAULT
    return None, DEFAULT_PROFILES


def main(arguments) -> int:
    options = parse(arguments)
    seeds = [int(s) for s in options.seeds.split(",")]
    module, usual = _study(options)
    names = boxes.usable((options.boxes or (module.BOXES_DEFAULT if module else DEFAULT_BOXES)).split(","))
    profiles = [p.name for p in runs.chosen(options.profiles or usual)]
    netns.sweep()
    if module:
        return study.hold(module, options, profiles, names, seeds)
    rows = ledger.run_all(matrix.jobs(profiles, options.senders.split(","), options.directions.split(","), names, seeds,
                                      options.seconds), matrix.run, options.out, options.resume,
                          options.seconds + _OVERHEAD_S, options.lock)
    told = f"Transfers of {options.seconds:g} s, seeds {options.seeds}, boxes of a cell in turn."
    matrix_report.write(rows, options.out, told)
    print(f"{options.out}/rescue.html, rescue.csv, rescue.json; of each run logs/: ss.log, nstat.json, box.json")
    return 1 if any("failed" in row for row in rows) else 0
