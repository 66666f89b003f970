"""A 1 Mb/s datagram stream beside a bulk transfer: what the queue the transfer keeps does to a stranger's delay."""
import itertools
import json
import sys
from pathlib import Path

from . import boxes, measure
from .profiles import PROFILES
from .rig import Rig
from .spread import Spread, ratio

NAME, GUESS_S = "udp", 2.5
PROFILES_DEFAULT = "congested"
BOXES_DEFAULT = "off,auto"
_PROGRAM = Path(__file__).parent / "datagrams.py"
_PORT, _MBIT = 5400, 1.0
_WARM_UP = 0.2  # of the run: start-up fills the queue whoever shapes it


def jobs(options, profiles, names, seeds):
    out = []
    for seed, profile, sender in itertools.product(seeds, profiles, options.senders.split(",")):
        for box in names if seed % 2 else names[::-1]:
            out.append((f"{profile}-{sender}-{box}-{seed}",
                        {"profile": profile, "sender": sender, "box": box, "seed": seed, "seconds": options.seconds}))
    return out


def run(fields, folder: Path) -> dict:
    mode, profile, _, tune = boxes.setting(fields["box"], PROFILES[fields["profile"]])
    seconds = fields["seconds"]
    folder.mkdir(parents=True, exist_ok=True)
    out = (folder / "delays.json").resolve()
    with Rig(folder, box=mode, path=profile.emulator(), seed=fields["seed"], tune=tune) as rig:
        with measure.probe_server(rig) as listen:
            receiver = rig.spawn(rig.client, [sys.executable, _PROGRAM, "receive", rig.CLIENT, _PORT, out], "datagrams-in")
            receiver.wait_ready()
            sender = rig.spawn(rig.server, [sys.executable, _PROGRAM, "send", rig.CLIENT, _PORT, seconds, _MBIT], "datagrams-out")
            bulk = measure.bulk(rig, listen, seconds=seconds, cc=fields["sender"])
            sender.process.wait(10)
            receiver.stop()
        sent = int(sender.text().split()[-1])
    delays = json.loads(out.read_text())
    late = sorted(ms for number, ms in delays if number >= _WARM_UP * sent)
    if not late:
        raise RuntimeError("no datagram arrived")
    p50, p99 = (late[int(q * (len(late) - 1))] for q in (0.5, 0.99))
    return {"p50_ms": p50, "p99_ms": p99, "lost_percent": 100 * (1 - len(delays) / sent), "goodput_mbit": bulk["goodput_mbit"],
            "says": f"datagrams p50 {p50:.1f}, p99 {p99:.1f} ms beside {bulk['goodput_mbit']:.1f} Mb/s"}


def tables(rows):
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    headers = ["path", "bulk sender"]
    for box in names:
        headers += [f"{box}: p50", "p99"] + (["p99/off"] if box != "off" else []) + ["lost %", "bulk Mb/s"]
    out = []
    for cell in dict.fromkeys((r["profile"], r["sender"]) for r in rows):
        def spread(box, figure):
            return Spread([r[figure] for r in rows if (r["profile"], r["sender"]) == cell and r["box"] == box])
        line = list(cell)
        for box in names:
            line += [spread(box, "p50_ms"), spread(box, "p99_ms")]
            line += [ratio(spread(box, "p99_ms").middle, spread("off", "p99_ms").middle)] if box != "off" else []
            line += [f"{spread(box, 'lost_percent').middle:.1f}", spread(box, "goodput_mbit")]
        out.append(line)
    return [("one-way delay of the datagrams, ms: median [least-greatest]", headers, out)]


def bars(rows):
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    groups = [(f"{profile} {q}", [(b, Spread([r[f"{q}_ms"] for r in rows if r["box"] == b and r["profile"] == profile]))
                                  for b in names])
              for profile in dict.fromkeys(r["profile"] for r in rows) for q in ("p50", "p99")]
    return "One-way delay of the datagrams", "ms", groups
