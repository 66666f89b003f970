"""How soon the judge follows the truth: the delay from where congestion begins to where the verdict says so, in round trips."""
from .verdict_truth import CONGESTED

QUIET_MS = 500  # Congestion that pauses for less has not ended.


def onsets(run) -> list:
    """(delay in round trips or None, lasted in round trips) of each congestion of one run that lasts four round trips. None: it
    ended before the verdict said so."""
    out, began, last = [], None, -1e9
    for i, moment in enumerate(run):
        if moment.label in CONGESTED and moment.scored:
            if began is None and moment.t_ms - last > QUIET_MS:
                began = i
            last = moment.t_ms
        elif began is not None and moment.t_ms - last > QUIET_MS:
            _close(run, began, last, out)
            began = None
    if began is not None:
        _close(run, began, last, out)
    return out


def _close(run, began, last, out):
    start = run[began]
    lasted = (last - start.t_ms) / start.rtt_ms
    if lasted < 4:
        return
    for moment in run[began:]:
        if moment.t_ms > last:
            break
        if moment.verdict in CONGESTED:
            return out.append(((moment.t_ms - start.t_ms) / start.rtt_ms, lasted))
    out.append((None, lasted))


def summary(delays) -> dict:
    """Of all onsets: how many, the share told within four round trips, the median and the 90th percentile (None: not
    told at all)."""
    told = sorted(float("inf") if d is None else d for d, _ in delays)
    if not told:
        return {"onsets": 0}

    def at(share):
        value = told[min(len(told) - 1, int(len(told) * share))]
        return None if value == float("inf") else value

    return {"onsets": len(told), "within four": sum(d <= 4 for d in told) / len(told), "median": at(0.5), "p90": at(0.9)}
