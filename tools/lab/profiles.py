"""Paths to try the appliance on, one row per profile.

`data` is the direction the data takes, `ack` the way back. Rates are Mb/s of frames, delays one
way, queues drop tail. For an upload the two directions change places.
"""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Profile:
    name: str
    says: str
    data: dict = field(default_factory=dict)
    ack: dict = field(default_factory=dict)
    capacity_mbit: float = 0.0  # what the path carries when nothing goes wrong, for the eye
    seconds: float = 10.0

    def emulator(self, upload: bool = False) -> dict:
        """The two directions as `gimbal-impair` wants them; port a faces the appliance."""
        to_client, to_server = (self.ack, self.data) if upload else (self.data, self.ack)
        return {"a_to_b": to_client, "b_to_a": to_server}


def normal(ms, order="reorder"):
    return {"kind": "normal", "ms": ms, "order": order}


def exponential(ms, order="fifo"):
    return {"kind": "exponential", "ms": ms, "order": order}


def pareto(ms):
    return {"kind": "pareto", "ms": ms, "shape": 3, "order": "reorder"}


def bernoulli(percent):
    return {"kind": "bernoulli", "percent": percent}


def link(delay_ms, rate=100, queue=500, **more):
    return {"rate_mbit": rate, "queue_kbytes": queue, "delay_ms": delay_ms, **more}


def back(delay_ms, **more):
    return {"delay_ms": delay_ms, **more}


_EDGE = {"rate": 500, "queue": 600}

_ALL = [
    Profile("clean", "100 Mb/s, 40 ms, nothing else", link(20), back(20), 92.2),
    Profile("reorder5ms", "normal jitter of 5 ms on each packet", link(20, jitter=normal(5)), back(20), 92.2),
    Profile("reorder15ms", "normal jitter of 15 ms on each packet", link(30, jitter=normal(15)), back(20), 92.2),
    Profile("fifojit10", "exponential jitter of 10 ms, order kept", link(20, jitter=exponential(10)), back(20), 92.2),
    Profile("stalls", "freezes about 80 ms about every 400 ms",
            link(20, queue=1000, stalls={"every_ms": 400, "lasting_ms": 80}), back(20), 92.2),
    Profile("bothjit", "normal jitter of 5 ms both ways", link(20, jitter=normal(5)), back(20, jitter=normal(5)), 92.2),
    Profile("loss0.1", "0.1 % random loss", link(20, loss=bernoulli(0.1)), back(20), 92.2),
    Profile("loss1", "1 % random loss", link(20, loss=bernoulli(1)), back(20), 92.2),
    Profile("loss1long", "1 % random loss, 150 ms", link(75, queue=1500, loss=bernoulli(1)), back(75), 92.2, 20),
    Profile("long", "100 Mb/s, 150 ms, nothing else", link(75, queue=1500), back(75), 92.2, 20),
    Profile("reorderlong", "normal jitter of 15 ms on each packet, 150 ms", link(75, queue=1500, jitter=normal(15)),
            back(75), 92.2, 20),
    Profile("mmwave", "dark 300 ms every 3 s, jitter, 0.2 % loss",
            link(15, queue=1500, jitter=exponential(4), loss=bernoulli(0.2),
                 outages={"every_ms": 3000, "lasting_ms": 300}), back(15, jitter=exponential(3)), 83),
    Profile("wifi", "batches of 8 ms, jitter, 0.3 % loss",
            link(10, jitter=exponential(2), loss=bernoulli(0.3), batch={"period_ms": 8}),
            back(10, batch={"period_ms": 4}), 92.2),
    # Pareto by the emulator's definition starts at its scale, hence 6 and 3 ms less fixed delay.
    Profile("pareto", "heavy-tailed jitter on each packet", link(14, jitter=pareto(6)), back(17, jitter=pareto(3)), 92.2),
    Profile("congested", "50 Mb/s, the queue is the only trouble", link(20, rate=50, queue=250), back(20), 46.3),
    Profile("congloss", "50 Mb/s, 0.3 % loss", link(20, rate=50, queue=250, loss=bernoulli(0.3)), back(20), 46.3),
    Profile("congjit", "50 Mb/s, normal jitter of 5 ms", link(20, rate=50, queue=250, jitter=normal(5)), back(20), 46.3),
    Profile("congfifo", "50 Mb/s, exponential jitter of 8 ms, order kept",
            link(20, rate=50, queue=250, jitter=exponential(8)), back(20), 46.3),
    Profile("shallow", "a buffer of 60 kB", link(20, queue=60), back(20), 90.3),
    Profile("edge", "500 Mb/s, 10 ms", link(5, **_EDGE), link(5, **_EDGE), 460),
    Profile("edge-loss0.1", "0.1 % loss both ways", link(5, **_EDGE, loss=bernoulli(0.1)),
            link(5, **_EDGE, loss=bernoulli(0.1)), 460),
    Profile("edge-loss0.1d", "0.1 % loss of the responses", link(5, **_EDGE, loss=bernoulli(0.1)), link(5, **_EDGE), 460),
    Profile("edge-jit2", "normal jitter of 2 ms on each packet", link(5, **_EDGE, jitter=normal(2)), link(5, **_EDGE), 460),
    Profile("edge-stall", "freezes of 15 ms every 300 ms",
            link(5, **_EDGE, stalls={"every_ms": 300, "lasting_ms": 15}), link(5, **_EDGE), 460),
    Profile("edge-micro", "exponential jitter of 1 ms, 0.05 % loss",
            link(5, **_EDGE, jitter=exponential(1), loss=bernoulli(0.05)), link(5, **_EDGE), 460),
]

PROFILES = {profile.name: profile for profile in _ALL}
