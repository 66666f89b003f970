"""tools/dev e2e figures: the table of figures the project holds itself to, measured and judged."""
import json
import time

from harness import netns
from lab import runs
from lab.paths import BUILD
from lab.profiles import PROFILES


def _goodput(folder, profile, box, seed, seconds=None):
    return runs.run_bulk(folder / f"{profile}-{box}-{seed}", PROFILES[profile], box, seed=seed, seconds=seconds)["goodput_mbit"]


def _against_off(profile):
    """Interleaved pairs; the ratio of the medians."""
    def measure(folder, seeds):
        pairs = [[_goodput(folder, profile, box, seed) for box in ("off", "auto")] for seed in seeds]
        off, on = (runs.middle([p[i] for p in pairs]) for i in (0, 1))
        return on / off, {"off": [p[0] for p in pairs], "on": [p[1] for p in pairs]}
    return measure


def _rescue(profile, seconds=10):
    def measure(folder, seeds):
        on = [_goodput(folder, profile, "auto", seed, seconds) for seed in seeds]
        return runs.middle(on), {"on": on}
    return measure


def _barrier(folder, seeds):
    on = [runs.run_barrier(folder / f"barrier-{seed}", PROFILES["edge-loss0.1d"], "auto", seed=seed) for seed in seeds]
    return runs.middle([r["p99_ms"] for r in on]), {f: [r[f] for r in on] for f in ("p50_ms", "p90_ms", "p99_ms", "max_ms")}


def _bystander(folder, seeds):
    seen = {box: [runs.run_bystander(folder / f"bystander-{box}-{seed}", PROFILES["congested"], box, seed=seed)
                  for seed in seeds] for box in ("off", "auto")}
    share = {box: runs.middle([r["bystander"] for r in results]) for box, results in seen.items()}
    return share["auto"] / share["off"], {box: [(r["shielded"], r["bystander"]) for r in results]
                                          for box, results in seen.items()}


ROWS = [
    ("clean, CUBIC, against the wire", ">=", 0.97, "", _against_off("clean")),
    ("reorder15ms, CUBIC", ">=", 65, "Mb/s", _rescue("reorder15ms")),
    ("loss1, CUBIC", ">=", 65, "Mb/s", _rescue("loss1")),
    ("loss1long, CUBIC, 20 s", ">=", 25, "Mb/s", _rescue("loss1long", 20)),
    ("barrier, 0.1 % loss of responses, p99", "<=", 80, "ms", _barrier),
    ("congested, goodput against off", ">=", 0.97, "", _against_off("congested")),
    ("congested, a bystander's goodput against off", ">=", 0.85, "", _bystander),
]


def run(seeds, match=""):
    netns.sweep()
    folder = BUILD / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    results, failed = [], 0
    for name, sign, limit, unit, measure in ROWS:
        if match.lower() not in name.lower():
            continue
        start = time.monotonic()
        try:
            value, detail = measure(folder, seeds)
            kept = value >= limit if sign == ">=" else value <= limit
        except Exception as error:  # one row that cannot be measured must not hide the others
            value, detail, kept = float("nan"), str(error), False
        failed += not kept
        results.append({"figure": name, "value": value, "limit": f"{sign} {limit}", "kept": kept, "detail": detail})
        print(f"{'ok  ' if kept else 'FAIL'} {name}: {value:.3g} {unit} ({sign} {limit}), "
              f"{time.monotonic() - start:.0f} s; {_short(detail)}", flush=True)
    (folder / "figures.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"figures: {len(results) - failed} passed, {failed} failed; seeds {seeds}; {folder / 'figures.json'}")
    return 1 if failed else 0


def _short(detail):
    if not isinstance(detail, dict):
        return detail
    return ", ".join(f"{k} {' '.join('/'.join(f'{x:.1f}' for x in v) if isinstance(v, tuple) else f'{v:.1f}' for v in values)}"
                     for k, values in detail.items())
