"""tools/dev demo: the main job. Real TCP over unsteady paths, without and with the appliance."""
import argparse
import json
import os
import platform
import signal
import sys
import time

import report
from lab import netns, runs
from lab.paths import BUILD, ROOT, program
from lab.profiles import PROFILES

DEFAULT = "clean,reorder15ms,loss1,loss1long,barrier"
BARRIER_PROFILE = "edge-loss0.1d"
HEADERS = ["path", "sender", "goodput off", "goodput on", "RTT off", "RTT on", "retransmitted off", "on",
           "barrier p50/p90/p99 off", "on", "gain"]


def _options():
    parser = argparse.ArgumentParser(prog="tools/dev demo", description=__doc__)
    parser.add_argument("--profiles", default=DEFAULT, help=f"of {', '.join(PROFILES)}; 'barrier' or 'barrier:PROFILE' "
                        "for the parallel reads")
    parser.add_argument("--senders", default="cubic", help="congestion controls of the senders: cubic,reno,bbr")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--seconds", type=float, help="of each transfer (default: as the profile says)")
    parser.add_argument("--rounds", type=int, default=300, help="of the barrier")
    options = parser.parse_args()
    jobs = []
    for name in options.profiles.split(","):
        workload, _, path = name.partition(":")
        if workload == "barrier":
            jobs.append(("barrier", runs.chosen(path or BARRIER_PROFILE)[0]))
        else:
            jobs.append(("bulk", runs.chosen(name)[0]))
    return options, jobs


def _measure(workload, profile, cc, seed, box, options):
    mode = {"off": "off", "on": "auto"}[box]
    folder = BUILD / "demo" / "logs" / f"{workload}-{profile.name}-{cc}-{seed}-{box}"
    print(f"  {workload} {profile.name}, {cc}, seed {seed}, {box} ...", end="", flush=True)
    if workload == "barrier":
        result = runs.run_barrier(folder, profile, mode, cc, seed, options.rounds)
        print(f" p50 {result['p50_ms']:.0f}, p99 {result['p99_ms']:.0f} ms", flush=True)
    else:
        result = runs.run_bulk(folder, profile, mode, cc, seed, options.seconds)
        print(f" {result['goodput_mbit']:.1f} Mb/s", flush=True)
    return {"workload": workload, "profile": profile.name, "cc": cc, "seed": seed, "box": box, "result": result}


def _row(workload, profile, cc, mine):
    def mid(box, figure):
        return runs.middle([r["result"][figure] for r in mine if r["box"] == box])

    if workload == "barrier":
        cells = ["/".join(f"{mid(box, f):.0f}" for f in ("p50_ms", "p90_ms", "p99_ms")) + " ms" for box in ("off", "on")]
        gain = mid("off", "p99_ms") / mid("on", "p99_ms")
        return [f"barrier, {profile.name}", cc, "", "", "", "", "", "", *cells, f"{gain:.1f}x"]
    gain = mid("on", "goodput_mbit") / max(mid("off", "goodput_mbit"), 1e-9)
    return [profile.name, cc, *(f"{mid(b, 'goodput_mbit'):.1f} Mb/s" for b in ("off", "on")),
            *(f"{mid(b, 'rtt_ms'):.0f} ms" for b in ("off", "on")),
            *(f"{mid(b, 'retransmitted'):.0f}" for b in ("off", "on")), "", "", f"{gain:.2f}x" if gain < 2 else f"{gain:.1f}x"]


def _print_table(rows):
    widths = [max(len(r[i]) for r in [HEADERS, *rows]) for i in range(len(HEADERS))]
    for row in [HEADERS, *rows]:
        print("  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())


def main():
    options, jobs = _options()
    if os.geteuid() != 0:
        print("demo: network namespaces need root; run this as root", file=sys.stderr)
        return 1
    for name in ("gimbal", "gimbal-impair", "gimbal-probe"):
        if not program(name).exists():
            print(f"demo: {program(name)} is not built; run tools/dev build (is DPDK installed?)", file=sys.stderr)
            return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    netns.sweep()
    start = time.monotonic()
    done, rows, sections = [], [], []
    print("Real TCP, server - box - emulated path - client; box: off (a wire) or on (gimbal, mode auto)")
    for workload, profile in jobs:
        for cc in options.senders.split(","):
            mine = [_measure(workload, profile, cc, int(seed), box, options)
                    for seed in options.seeds.split(",") for box in ("off", "on")]
            done += mine
            rows.append(_row(workload, profile, cc, mine))
            what = "100 parallel reads of 4 kB, the step waits for the last: " if workload == "barrier" else ""
            sections.append((f"{profile.name}, {cc}" if workload == "bulk" else f"Barrier on {profile.name}, {cc}",
                             what + profile.says, mine))
    remark = (f"Linux {platform.release()}, {os.cpu_count()} cores, seeds {options.seeds}; medians where there are several "
              f"seeds. All mode auto, custody never: no byte is acknowledged before its receiver has it.")
    folder = BUILD / "demo"
    (folder / "results.json").write_text(json.dumps(done) + "\n")
    (folder / "report.html").write_text(report.render(HEADERS, rows, sections, remark))
    print()
    _print_table(rows)
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    print(f"\n{time.monotonic() - start:.0f} s; report: {shown}/report.html, figures: {shown}/results.json, "
          f"logs: {shown}/logs")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except netns.LabError as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\ndemo: stopped; everything is cleaned up", file=sys.stderr)
        sys.exit(130)
