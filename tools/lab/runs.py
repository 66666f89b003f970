"""Whole measurements, each on a fresh rig: one workload, one profile, one box."""
import statistics
from pathlib import Path

from . import measure
from .profiles import PROFILES, Profile
from .rig import Rig

BYSTANDER_PORT = 5299


def run_bulk(folder: Path, profile: Profile, box: str, cc="cubic", seed=1, seconds=None, upload=False, tune=None) -> dict:
    """A bulk transfer of `seconds`; adds `kernel`: the sender's TCP counters that moved, and what
    the box says of its flows and counters at the end."""
    with Rig(folder, box=box, path=profile.emulator(upload), seed=seed, tune=tune) as rig:
        with measure.probe_server(rig) as listen:
            sending = rig.client if upload else rig.server
            with measure.socket_samples(rig, sending, "ss"):
                result = measure.bulk(rig, listen, seconds=seconds or profile.seconds, cc=cc, upload=upload)
            result["kernel"] = measure.tcp_counters(rig, sending)
            result["box"] = box_account(rig)
        return result


def run_barrier(folder: Path, profile: Profile, box: str, cc="cubic", seed=1, rounds=300) -> dict:
    with Rig(folder, box=box, path=profile.emulator(), seed=seed) as rig:
        with measure.probe_server(rig) as listen:
            result = measure.barrier(rig, listen, cc=cc, rounds=rounds)
            result["kernel"] = measure.tcp_counters(rig, rig.server)
            result["box"] = box_account(rig)
        return result


def run_bystander(folder: Path, profile: Profile, box: str, cc="cubic", seed=1, seconds=45) -> dict:
    """Two flows over one bottleneck: the first through the box in its mode, the second one the box
    must leave alone (bypass). Goodput of both in Mb/s."""
    def leave_alone(config):
        config["policy"]["rules"] = [{"match": {"port": BYSTANDER_PORT}, "mode": "bypass"}]

    with Rig(folder, box=box, path=profile.emulator(), seed=seed, tune=leave_alone) as rig:
        with measure.probe_server(rig) as first, measure.probe_server(rig, port=BYSTANDER_PORT) as second:
            started = [measure.bulk_start(rig, first, "shielded", seconds, cc),
                       measure.bulk_start(rig, second, "bystander", seconds, cc)]
            shielded, bystander = (measure.bulk_result(rig, *s, within=seconds + 60) for s in started)
            account = box_account(rig)
        return {"shielded": shielded["goodput_mbit"], "bystander": bystander["goodput_mbit"], "box": account}


def box_account(rig: Rig):
    """What the appliance says of itself, or None when it is a bridge or does not answer."""
    if rig.gimbal is None:
        return None
    account = {}
    for path in ("/api/v1/status", "/api/v1/flows", "/metrics"):
        name = path.rsplit("/", 1)[1]
        try:
            account[name] = rig.rest(path)[1]
        except Exception as error:  # the figure stands without it
            account[name] = str(error)
    return account


def middle(values):
    return statistics.median(values) if values else float("nan")


# The bulk paths of the figures, in the order people know them; 'all' stands for them.
BULK = ["clean", "reorder5ms", "reorder15ms", "fifojit10", "stalls", "bothjit", "loss0.1", "loss1", "loss1long", "mmwave",
        "wifi", "pareto", "congested", "shallow"]


def chosen(names: str):
    """Profiles by their comma-separated names; an unknown one is explained."""
    if names == "all":
        return [PROFILES[n] for n in BULK]
    unknown = [n for n in names.split(",") if n not in PROFILES]
    if unknown:
        raise SystemExit(f"no profile {', '.join(unknown)}; there are {', '.join(PROFILES)}")
    return [PROFILES[n] for n in names.split(",")]
