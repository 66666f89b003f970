"""One bulk transfer of the matrix: goodput, round trips, queue, and the sender's own account of it."""
import itertools
import statistics
from pathlib import Path

from . import boxes, evidence, measure, series, truth
from .profiles import PROFILES
from .rig import Rig
from .runs import box_account

_WARM_UP = 0.3  # of a run: what start-up does to queue and round trip is no steady state


def jobs(profiles, senders, directions, names, seeds, seconds):
    """All runs of a matrix, the boxes of a cell next to each other and a different one first each time."""
    out = []
    for turn, cell in enumerate(itertools.product(seeds, profiles, senders, directions)):
        seed, profile, sender, direction = cell
        first = turn % max(1, len(names))
        for box in names[first:] + names[:first]:
            fields = {"profile": profile, "sender": sender, "direction": direction, "box": box, "seed": seed,
                      "seconds": seconds}
            out.append(("-".join(map(str, (profile, sender, direction, box, seed))), fields))
    return out


def run(fields: dict, folder: Path) -> dict:
    mode, profile, share, tune = boxes.setting(fields["box"], PROFILES[fields["profile"]])
    upload = fields["direction"] == "upload"
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "truth.log").resolve()
    path = {**profile.emulator(upload), "truth_log": str(log)}
    with Rig(folder, box=mode, path=path, seed=fields["seed"], tune=tune) as rig:
        sending = rig.client if upload else rig.server
        with measure.probe_server(rig) as listen:
            before = measure.tcp_counters(rig, sending)
            with measure.socket_samples(rig, sending, "ss") as sockets:
                result = measure.bulk(rig, listen, seconds=fields["seconds"], cc=fields["sender"], upload=upload)
            kernel = evidence.moved(before, measure.tcp_counters(rig, sending))
        rig.write("nstat.json", kernel)
        if (account := box_account(rig)) is not None:
            rig.write("box.json", account)
    queue = truth.account(log, 1 if upload else 0, profile.data.get("rate_mbit"), fields["seconds"] * _WARM_UP)
    log.unlink(missing_ok=True)
    return {**_figures(result, share, kernel, evidence.socket_series(sockets, measure.PORT), fields["seconds"]), **queue}


def _figures(result, share, kernel, sockets, seconds) -> dict:
    goodput = result["goodput_mbit"] * share
    over_time = series.of_bulk(result)
    rtts = sorted(r for t, r in over_time["rtt"] if t >= seconds * _WARM_UP)
    least = [s["minrtt"] for s in sockets if "minrtt" in s]
    figures = {"goodput_mbit": goodput, "rtt_p50_ms": statistics.median(rtts) if rtts else None,
               "rtt_p95_ms": rtts[len(rtts) * 95 // 100] if rtts else None, "min_rtt_ms": least[-1] if least else None,
               "retransmitted": result["retransmitted"], "timeouts": kernel.get("TcpExtTCPTimeouts", 0),
               "undos": evidence.undos(kernel),
               "reordering_seen": max((s.get("reord_seen", 0) for s in sockets), default=0),
               "rwnd_limited_ms": max((s.get("rwnd_limited_ms", 0) for s in sockets), default=0)}
    figures["says"] = f"{goodput:.1f} Mb/s, RTT {figures['rtt_p50_ms'] or 0:.0f} ms"
    figures["series"] = {name: [(round(t, 2), round(v, 2)) for t, v in over_time[name]] for name in ("goodput", "rtt", "window")}
    return figures
