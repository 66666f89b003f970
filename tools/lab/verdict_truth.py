"""What was true of a path at each moment, from what its models did (docs/perf/verdict.md defines every word).

A moment is one 10 ms sample of gimbal-sim-verdict. Its truth is a label and the set of verdicts that would be right."""
import csv
from dataclasses import dataclass

CLASSES = ["unknown", "clean", "jitter-fifo", "jitter-reorder", "random-loss", "outage", "congested", "congested-unsteady"]
UNSTEADY = {"jitter-fifo", "jitter-reorder", "random-loss", "outage"}
CONGESTED = {"congested", "congested-unsteady"}
STEP_MS = 10
FEWEST_SEGMENTS = 32


def standing(base_ms):
    """A queue that never falls below this for a round trip stands: CoDel's 5 ms (RFC 8289), more on a long path, as the
    delay test of HyStart (an eighth of the round trip, at most 16 ms)."""
    return min(max(base_ms / 8, 5.0), 16.0)


def jitter_matters(base_ms):
    """The spread (p90 - p10) beside the queue that makes a path unsteady."""
    return max(2.0, base_ms / 10)


@dataclass
class Moment:
    t_ms: float
    rtt_ms: float
    label: str  # one of CLASSES, or "between": neither congested nor not
    right: frozenset
    verdict: str
    reason: str
    scored: bool
    queue_ms: float
    row: dict


def moments(path) -> list:
    """All samples of one run, labelled."""
    with open(path, newline="") as read:
        rows = list(csv.DictReader(read))
    for row in rows:
        for key, value in row.items():
            if key not in ("verdict", "reason"):
                row[key] = float(value)
    out, last = [], _Memory()
    for i, row in enumerate(rows):
        rtt = max(row["rtt_ms"], row["base_ms"])
        queue = min(r["queue_ms"] for r in rows[max(0, i - _steps(rtt) + 1):i + 1])
        label, right = last.judge(row, rtt, queue)
        out.append(Moment(row["t_ms"], rtt, label, right, row["verdict"], row["reason"],
                          row["t_ms"] - last.active_at <= 4 * rtt, queue, row))
    return out


def _steps(span_ms):
    return max(1, round(span_ms / STEP_MS))


class _Memory:
    """What earlier samples say about this one."""

    def __init__(self):
        self.dropped_at = self.dark_at = self.active_at = self.overtaken_at = -1e9
        self.dark_ms = 0.0
        self.lossy = self.stood = False

    def judge(self, row, rtt, queue):
        base = row["base_ms"]
        self._remember(row)
        if row["delivered"] < FEWEST_SEGMENTS:
            return "unknown", frozenset({"unknown"})
        if row["dark_ms"] >= max(2 * base, 50):
            return "outage", frozenset({"outage"} | ({"congested-unsteady"} if self.stood else set()))
        troubles, maybe = self._troubles(row, rtt)
        shaded = not self.stood and row["t_ms"] - self.dark_at <= self.dark_ms + 2 * base
        if not shaded and (queue >= standing(base) or row["t_ms"] - self.dropped_at <= rtt):
            self.stood = queue >= standing(base)
            label = "congested-unsteady" if troubles else "congested"
            return label, frozenset({label} | ({"congested-unsteady"} if maybe else set()))
        self.stood = self.stood and row["dark_ms"] >= base
        right = set(troubles) or {"clean"}
        label = troubles[0] if troubles else "clean"
        right |= maybe
        if not shaded and queue >= standing(base) / 2:
            return "between", frozenset(right | ({"congested-unsteady"} if troubles else {"congested"}))
        return label, frozenset(right)

    def _remember(self, row):
        now = row["t_ms"]
        if row["active"]:
            self.active_at = now
        if row["overtaken"]:
            self.overtaken_at = now
        if row["dark_ms"] >= row["base_ms"]:
            # What arrives during a dark time queues, and needs as long again to leave: no standing queue, unless one stood before.
            self.dark_at, self.dark_ms = now, row["dark_ms"]
        if row["congestive"]:
            self.dropped_at = now
        self.lossy = bool(row["loses"]) and (self.lossy or row["random_losses"] > 0)

    def _troubles(self, row, rtt):
        """(those present, the gravest first; those one could as well call present)."""
        found, maybe = [], set()
        if row["reorders"] and row["t_ms"] - self.overtaken_at <= max(1000, 16 * rtt):
            found.append("jitter-reorder")
        if self.lossy:
            found.append("random-loss")
        spread, limit = max(row["data_jitter_ms"], row["ack_jitter_ms"]), jitter_matters(row["base_ms"])
        if "jitter-reorder" not in found:
            if spread >= limit or row["t_ms"] - self.dark_at <= 1000:
                found.append("jitter-fifo")
            elif spread >= limit / 2:
                maybe.add("jitter-fifo")
        return found, maybe
