"""What a path would be if it were steady: the figure a repair is held against."""
from dataclasses import replace

from .profiles import Profile

_UNSTEADY = ("jitter", "loss", "stalls", "outages", "batch", "hold", "steps", "regimes", "flap", "reorder_gap")
_MEAN = {"exponential": lambda j: j["ms"], "pareto": lambda j: j["ms"] * j["shape"] / (j["shape"] - 1)}


def steady(profile: Profile) -> Profile:
    """The same rate and buffers, and the mean of the delay as a fixed delay."""
    return replace(profile, data=_steady(profile.data), ack=_steady(profile.ack))


def lit_share(profile: Profile) -> float:
    """The share of time the link is not dark: an oracle has no way to send in an outage either."""
    outages = profile.data.get("outages")
    return 1 - outages["lasting_ms"] / outages["every_ms"] if outages else 1.0


def _steady(way):
    jitter = way.get("jitter", {})
    extra = _MEAN.get(jitter.get("kind"), lambda _: 0)(jitter)
    calm = {k: v for k, v in way.items() if k not in _UNSTEADY}
    return {**calm, "delay_ms": way.get("delay_ms", 0) + extra}
