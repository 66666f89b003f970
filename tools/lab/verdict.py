"""tools/dev e2e verdict: the judge's verdict against the truth, in the simulator.

Every case is run with the appliance watching (observe) and repairing (auto); each 10 ms the verdict is held against what the path
really did. A verdict is right when it fits the truth of some moment of the last four round trips. docs/perf/verdict.md defines
what is true."""
import argparse
import csv
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import plots

from .paths import BUILD
from .spread import print_table
from .verdict_delay import onsets, summary
from .verdict_truth import CLASSES, CONGESTED, UNSTEADY, moments, _steps

NEEDS_ROOT = False
PROGRAM = BUILD / "tests/sim/gimbal-sim-verdict"
LAG_ROUNDS = 4
GOALS = {"congestion recall": 0.97, "unsteady precision": 0.95, "mixed recall": 0.90}


class Score:
    """Counts of (truth, verdict) over moments, lateness up to four round trips forgiven."""

    def __init__(self):
        self.counts = Counter()
        self.between = 0
        self.wrong = Counter()  # (truth, verdict, reason)

    def add_run(self, run):
        for i, moment in enumerate(run):
            if not moment.scored:
                continue
            if moment.label == "between":
                self.between += 1
                continue
            truth = _row_of(run, i, moment)
            self.counts[truth, moment.verdict] += 1
            if moment.verdict != truth and moment.verdict not in moment.right:
                self.wrong[truth, moment.verdict, moment.reason] += 1

    def add(self, other):
        self.counts += other.counts
        self.between += other.between
        self.wrong += other.wrong

    def total(self, truths=None, verdicts=None):
        return sum(n for (t, v), n in self.counts.items() if (truths is None or t in truths) and
                   (verdicts is None or v in verdicts))

    def share(self, part, whole):
        return part / whole if whole else float("nan")

    def figures(self) -> dict:
        mixed = {"congested-unsteady"}
        return {"congestion recall": self.share(self.total(CONGESTED, CONGESTED), self.total(CONGESTED)),
                "unsteady precision": self.share(self.total(UNSTEADY, UNSTEADY), self.total(None, UNSTEADY)),
                "mixed recall": self.share(self.total(mixed, mixed), self.total(mixed)),
                "congestion precision": self.share(self.total(CONGESTED, CONGESTED), self.total(None, CONGESTED)),
                "unsteady recall": self.share(self.total(UNSTEADY, UNSTEADY), self.total(UNSTEADY)),
                "right class": self.share(sum(n for (t, v), n in self.counts.items() if t == v), self.total()),
                "moments": self.total(), "between": self.share(self.between, self.between + self.total())}


def _row_of(run, i, moment):
    """The truth the verdict is counted under: the latest one of the last four round trips it fits, else the present one. A
    verdict that names one of several troubles present counts under that one."""
    for j in range(i, max(-1, i - LAG_ROUNDS * _steps(moment.rtt_ms) - 1), -1):
        if moment.verdict in run[j].right:
            return moment.verdict
    return moment.label


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e verdict", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="all", help="by name; --list names them; none: the traces alone")
    parser.add_argument("--traces", nargs="+", default=[], metavar="FILE",
                        help="recorded links as further cases: Mahimahi's format, or t_s,mbit in a .csv")
    parser.add_argument("--senders", default="cubic", help="of cubic, reno, bbr")
    parser.add_argument("--boxes", default="observe,auto")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--out", type=Path, default=BUILD / "verdict")
    parser.add_argument("--why", action="store_true", help="name the commonest wrong verdicts of each case")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--score-only", action="store_true", help="score the runs that stand in --out")
    return parser.parse_args(arguments)


def main(arguments) -> int:
    options = parse(arguments)
    if options.list:
        return subprocess.run([PROGRAM, "--list"]).returncode
    folder = options.out / "runs"
    if not options.score_only:
        for old in folder.glob("*.csv"):
            old.unlink()
        done = subprocess.run(["nice", "-n", "5", PROGRAM, "--case", options.cases, "--sender", options.senders, "--box",
                               options.boxes, "--seeds", str(options.seeds), "--seconds", str(options.seconds), "--out", folder,
                               *(a for trace in options.traces for a in ("--trace", trace))])
        if done.returncode:
            return done.returncode
    by_case, whole = defaultdict(Score), Score()
    by_group, delays = defaultdict(Score), defaultdict(list)
    for path in sorted(folder.glob("*.csv")):
        case, sender, box, _ = path.stem.rsplit("-", 3)
        score = Score()
        run = moments(path)
        score.add_run(run)
        delays[box] += onsets(run)
        by_case[case, sender, box].add(score)
        by_group[sender, box].add(score)
        whole.add(score)
    _print(by_case, by_group, whole, options)
    told = {box: summary(found) for box, found in delays.items()}
    for box, found in told.items():
        print(f"{box}: " + _delay_text(found))
    _write(by_case, whole, told, options.out)
    print(f"\n{options.out}/verdict.html, verdict.json, confusion.csv, runs/")
    return 0


def _percent(value):
    return "-" if value != value else f"{100 * value:.1f}"


def _delay_text(found):
    if not found["onsets"]:
        return "no congestion began"
    after = [f"{found[n]:.1f} round trips" if found[n] is not None else "its end" for n in ("median", "p90")]
    return (f"congestion began {found['onsets']} times; told after {after[0]} in the middle, {after[1]} at the 90th percentile; "
            f"{_percent(found['within four'])} % within four")


def confusion_rows(score):
    return [[truth] + [score.counts[truth, verdict] or "." for verdict in CLASSES] +
            [_percent(score.share(score.counts[truth, truth], score.total({truth})))] for truth in CLASSES]


def _print(by_case, by_group, whole, options):
    names = ["congestion recall", "unsteady precision", "mixed recall", "congestion precision", "unsteady recall", "right class"]
    print("\nper case, %")
    print_table(["case", "sender", "box", *names], [[*key, *(_percent(score.figures()[n]) for n in names)]
                                                   for key, score in sorted(by_case.items())], left=3)
    if options.why:
        for key, score in sorted(by_case.items()):
            total = score.total()
            for (truth, verdict, reason), n in score.wrong.most_common(3):
                if n > 0.02 * total:
                    print(f"  {' '.join(key)}: {100 * n / total:.0f} % {truth} called {verdict}: {reason}")
    print("\nper sender and box, %")
    print_table(["sender", "box", *names], [[*key, *(_percent(score.figures()[n]) for n in names)]
                                           for key, score in sorted(by_group.items())])
    print("\nconfusion: truth down, verdict across; moments of 10 ms")
    print_table(["truth", *CLASSES, "right %"], confusion_rows(whole), left=1)
    figures = whole.figures()
    print()
    for name, goal in GOALS.items():
        print(f"{'ok  ' if figures[name] >= goal else 'FAIL'} {name}: {figures[name]:.3f} (>= {goal})")
    print(f"not scored, for the queue stood between half the limit and the limit: {_percent(figures['between'])} %")


def _write(by_case, whole, delays, folder):
    (folder / "verdict.json").write_text(json.dumps(
        {"all": whole.figures(), "delay": delays, "cases": {" ".join(k): s.figures() for k, s in sorted(by_case.items())}}, indent=1))
    with open(folder / "confusion.csv", "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["truth", *CLASSES])
        writer.writerows([truth] + [whole.counts[truth, v] for v in CLASSES] for truth in CLASSES)
    names = list(GOALS)
    body = [plots.table(["truth", *CLASSES, "right %"], confusion_rows(whole)),
            plots.table(["figure", "share", "asked"], [[n, f"{whole.figures()[n]:.3f}", g] for n, g in GOALS.items()]),
            plots.table(["case", "sender", "box", *names], [[*k, *(_percent(s.figures()[n]) for n in names)]
                                                           for k, s in sorted(by_case.items())])]
    (folder / "verdict.html").write_text(plots.page("Gimbal: verdict against truth", "Simulator; moments of 10 ms.", "".join(body)))
