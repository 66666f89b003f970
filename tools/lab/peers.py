"""tools/dev e2e peers: real peers of other habits, auto against off; and what they are made of.

A peer is the kernel with other settings in one namespace, so that what is measured is a stack and
not a model of one: no SACK, no timestamps, neither, windows of 8 kB without scaling, buffers that
start at 16 MB, and both ends as they come.
"""
import argparse
import itertools
import json
from pathlib import Path

from . import measure, netns, runs
from .paths import BUILD
from .profiles import PROFILES, Profile, back, bernoulli, link, normal
from .rig import Rig
from .spread import Spread

# Of the receiver's namespace. The sender follows: options not offered are not used.
PEERS = {
    "linux": {},
    "no-sack": {"tcp_sack": "0"},
    "no-timestamps": {"tcp_timestamps": "0"},
    "bare": {"tcp_sack": "0", "tcp_timestamps": "0"},
    "tiny-window": {"tcp_window_scaling": "0", "tcp_rmem": "4096 16384 16384"},
    "huge-window": {"tcp_rmem": "4096 33554432 33554432"},
}

GIGABIT = {p.name: p for p in (
    Profile("gig", "1 Gb/s, 20 ms", link(10, rate=1000, queue=2500), back(10), 940),
    Profile("gigloss", "1 Gb/s, 20 ms, 0.1 % loss", link(10, rate=1000, queue=2500, loss=bernoulli(0.1)), back(10), 940),
    Profile("gigjit", "1 Gb/s, 20 ms, normal jitter of 2 ms", link(10, rate=1000, queue=2500, jitter=normal(2)), back(10), 940),
)}


def profile_named(name: str) -> Profile:
    return GIGABIT.get(name) or PROFILES[name]


def run_peer(folder: Path, profile: Profile, box: str, peer: str, cc="cubic", seed=1, seconds=8.0) -> dict:
    """A download by such a receiver; the probe's result with the sender's kernel counters."""
    with Rig(folder, box=box, path=profile.emulator(), seed=seed) as rig:
        for name, value in PEERS[peer].items():
            rig.run(rig.client, "sysctl", "-qw", f"net.ipv4.{name}={value}")
        with measure.probe_server(rig) as listen:
            result = measure.bulk(rig, listen, seconds=seconds, cc=cc)
            result["kernel"] = measure.tcp_counters(rig, rig.server)
            result["box"] = runs.box_account(rig)
        return result


def _cell(folder, options, profile, peer, sender):
    seen = {"off": [], "auto": []}
    for seed in range(1, options.seeds + 1):
        for box in ("off", "auto") if seed % 2 else ("auto", "off"):
            where = folder / f"{profile}-{peer}-{sender}-{box}-{seed}"
            seen[box].append(run_peer(where, profile_named(profile), box, peer, sender, seed, options.seconds)["goodput_mbit"])
    return seen


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e peers", description=__doc__)
    parser.add_argument("--profiles", default="clean,reorder5ms,loss0.1", help="by name; also " + ", ".join(GIGABIT))
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--senders", default="cubic")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--out", type=Path, default=BUILD / "peers", help="folder for everything written")
    options = parser.parse_args(arguments)
    netns.sweep()
    folder = options.out
    folder.mkdir(parents=True, exist_ok=True)
    rows, worse = [], 0
    for profile, peer, sender in itertools.product(*(o.split(",") for o in (options.profiles, options.peers, options.senders))):
        seen = _cell(folder, options, profile, peer, sender)
        off, auto = (Spread(seen[box]).middle for box in ("off", "auto"))
        worse += auto < 0.98 * off
        rows.append({"profile": profile, "peer": peer, "sender": sender, **seen})
        print(f"{profile:<12} {peer:<14} {sender:<6} off {off:7.1f}  auto {auto:7.1f}  ratio {auto / max(off, 0.01):6.2f}", flush=True)
    (folder / "peers.json").write_text(json.dumps(rows, indent=1))
    print(f"{len(rows)} cells, {worse} below 0.98 of off; {(folder / 'peers.json')}")
    return 0
