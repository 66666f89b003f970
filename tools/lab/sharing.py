"""Beside somebody: flows behind the box and plain ones over the same bottleneck, whoever came first."""
import itertools
import time
from pathlib import Path

from . import boxes, measure, series
from .profiles import PROFILES
from .rig import Rig
from .runs import BYSTANDER_PORT, box_account
from .spread import Spread, ratio

NAME, GUESS_S = "sharing", 3.5
PROFILES_DEFAULT = "congested,congjit,congfifo,congloss"
BOXES_DEFAULT = "off,auto"
ORDERS = {"first": "we came first", "second": "the plain ones came first"}
_APART_S = 2.0  # between the two arrivals
_FRAME_SHARE = 1448 / 1514  # payload of a full frame


def kinds(text):
    """'cubic', 'bbr:4', '4': [(congestion control, how many)...], as asked for with --bystander."""
    out = []
    for part in text.split(","):
        cc, _, number = part.partition(":")
        if cc.isdigit():
            cc, number = "cubic", cc
        out.append((cc, int(number or 1)))
    return out


def jobs(options, profiles, names, seeds):
    out = []
    for seed, profile, sender, kind, order in itertools.product(seeds, profiles, options.senders.split(","),
                                                                kinds(options.bystander), ORDERS):
        first = (seed + len(out)) % len(names)
        for box in names[first:] + names[:first]:
            fields = {"profile": profile, "sender": sender, "bystander": kind[0], "flows": kind[1], "order": order, "box": box,
                      "seed": seed, "seconds": options.seconds}
            out.append(("-".join(map(str, (profile, sender, *kind, order, box, seed))), fields))
    return out


def run(fields, folder: Path) -> dict:
    mode, profile, _, tune = boxes.setting(fields["box"], PROFILES[fields["profile"]])

    def leave_alone(config):
        if tune:
            tune(config)
        config["policy"]["rules"] = [{"match": {"port": BYSTANDER_PORT}, "mode": "bypass"}]

    seconds, flows = fields["seconds"], fields["flows"]
    with Rig(folder, box=mode, path=profile.emulator(), seed=fields["seed"], tune=leave_alone) as rig:
        with measure.probe_server(rig) as ours, measure.probe_server(rig, port=BYSTANDER_PORT) as theirs, \
                measure.socket_samples(rig, rig.server, "ss"):
            shielded = (ours, "shielded", fields["sender"])
            plain = (theirs, "plain", fields["bystander"])
            early, late = (shielded, plain) if fields["order"] == "first" else (plain, shielded)
            started = {early[1]: measure.bulk_start(rig, early[0], early[1], seconds + _APART_S, early[2], flows=flows)}
            time.sleep(_APART_S)
            started[late[1]] = measure.bulk_start(rig, late[0], late[1], seconds, late[2], flows=flows)
            ended = {name: measure.bulk_result(rig, *s, within=seconds + 60) for name, s in started.items()}
        if (account := box_account(rig)) is not None:
            rig.write("box.json", account)
    return _figures(ended, early[1], seconds, profile)


def _figures(ended, early, seconds, profile) -> dict:
    """Over the time both were there: Mb/s of all our flows and of all plain ones, Jain's index of all, use of the link."""
    each = {}
    for name, result in ended.items():
        start = _APART_S if name == early else 0.0
        each[name] = [(series.bytes_at(f["receiver"], start + seconds) - series.bytes_at(f["receiver"], start)) * 8e-6 / seconds
                      for f in result["flows"]]
    all_flows = each["shielded"] + each["plain"]
    squares = sum(x * x for x in all_flows)
    ours, theirs = sum(each["shielded"]), sum(each["plain"])
    return {"shielded_mbit": ours, "plain_mbit": theirs, "link_use": (ours + theirs) / (profile.data["rate_mbit"] * _FRAME_SHARE),
            "jain": sum(all_flows) ** 2 / (len(all_flows) * squares) if squares else 0.0,
            "says": f"ours {ours:.1f}, plain {theirs:.1f} Mb/s"}


def tables(rows):
    """[(title, headers, rows)]: what the plain ones have against both plain, in each order of arrival."""
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    cells = list(dict.fromkeys((r["profile"], r["sender"], r["bystander"], r["flows"], r["order"]) for r in rows))
    headers = ["path", "ours", "plain", "flows", "ours came"]
    for box in names:
        headers += [f"{box}: ours", "plain"] + (["plain/off"] if box != "off" else []) + ["Jain", "link use"]
    out = []
    for cell in cells:
        def spread(box, figure):
            return Spread([r[figure] for r in rows if r["box"] == box and
                           (r["profile"], r["sender"], r["bystander"], r["flows"], r["order"]) == cell])
        line = list(cell)
        for box in names:
            against = [ratio(spread(box, "plain_mbit").middle, spread("off", "plain_mbit").middle)] if box != "off" else []
            line += [spread(box, "shielded_mbit"), spread(box, "plain_mbit"), *against,
                     f"{spread(box, 'jain').middle:.3f}", f"{spread(box, 'link_use').middle:.3f}"]
        out.append(line)
    return [("Mb/s while both are there: median [least-greatest]; Jain's index; use of the link", headers, out)]


def bars(rows):
    """(title, unit, groups) of the page's plot."""
    names = [b for b in boxes.BOXES if any(r["box"] == b for r in rows)]
    groups = []
    for profile, by, flows in dict.fromkeys((r["profile"], r["bystander"], r["flows"]) for r in rows):
        mine = [r for r in rows if (r["profile"], r["bystander"], r["flows"]) == (profile, by, flows)]
        groups.append((f"{profile} {by} {flows}", [(b, Spread([r["plain_mbit"] for r in mine if r["box"] == b])) for b in names]))
    return "Goodput of the plain flows, both orders together", "Mb/s", groups
