"""The matrix for people: a table in the terminal, CSV, and one page with plots."""
import csv
import json
import os
import platform
from pathlib import Path

import plots

from .profiles import PROFILES
from .spread import Spread, print_table, ratio

COLOURS = {"off": "off", "off2": "c6", "bypass": "c2", "observe": "c3", "auto": "on", "custody": "c4", "oracle": "c5"}
SAYS = {"off": "off: a plain wire in the box's place", "off2": "off once more: what the laboratory cannot tell apart",
        "bypass": "bypass", "observe": "observe", "auto": "auto, custody never", "custody": "auto, custody always",
        "oracle": "oracle: the same path, steady (no box)"}
_COLUMNS = ["profile", "sender", "direction", "box", "seed", "seconds", "goodput_mbit", "rtt_p50_ms", "rtt_p95_ms",
            "min_rtt_ms", "queue_standing_ms", "queue_p50_ms", "queue_p95_ms", "retransmitted", "timeouts", "undos",
            "reordering_seen", "rwnd_limited_ms", "packets", "load", "failed"]


class Cells:
    """Rows of runs, by cell: (profile, sender, direction) and box."""

    def __init__(self, rows):
        self.rows = [r for r in rows if "failed" not in r]
        self.failed = [r for r in rows if "failed" in r]
        self.names = list(dict.fromkeys((r["profile"], r["sender"], r["direction"]) for r in rows))
        self.boxes = [b for b in COLOURS if any(r["box"] == b for r in rows)]

    def of(self, cell, box):
        return [r for r in self.rows if (r["profile"], r["sender"], r["direction"]) == cell and r["box"] == box]

    def spread(self, cell, box, figure="goodput_mbit") -> Spread:
        return Spread([r[figure] for r in self.of(cell, box)])

    def control(self, cell) -> float:
        """How far the two medians of "off" lie apart, as a share; nan without the second."""
        a, b = self.spread(cell, "off").middle, self.spread(cell, "off2").middle
        return abs(a - b) / max(a, b) if a == a and b == b and max(a, b) > 0 else float("nan")


def table(cells: Cells):
    """(headers, rows): goodput with spread, and beside each box its ratio to off and to the oracle."""
    against = [b for b in ("off", "oracle") if b in cells.boxes]
    measured = [b for b in cells.boxes if b not in ("off", "off2", "oracle")]
    headers = ["path", "sender", "way"]
    for box in cells.boxes:
        headers += [box] + ([f"{box}/{b}" for b in against] if box in measured else [])
    rows = []
    for cell in cells.names:
        row = list(cell)
        for box in cells.boxes:
            here = cells.spread(cell, box)
            row += [str(here)] + ([ratio(here.middle, cells.spread(cell, b).middle) for b in against] if box in measured else [])
        rows.append(row)
    return headers, rows


def delay_table(cells: Cells):
    """The round trip the sender sees and the queue that stands in the bottleneck, by box."""
    shown = [b for b in cells.boxes if b != "off2"]
    headers = ["path", "sender", "way"] + [f"RTT {b}" for b in shown] + [f"standing queue {b}" for b in shown]
    rows = [list(cell) + [str(cells.spread(cell, b, "rtt_p50_ms")) for b in shown] +
            [str(cells.spread(cell, b, "queue_standing_ms")) for b in shown] for cell in cells.names]
    return headers, rows


def control_text(cells: Cells) -> str:
    apart = {cell: cells.control(cell) for cell in cells.names}
    apart = {c: v for c, v in apart.items() if v == v}
    if not apart:
        return "no control: --boxes without off and off2"
    worst = max(apart, key=apart.get)
    ordered = sorted(apart.values())
    return (f"A/A control, off against off once more: medians apart by {100 * ordered[len(ordered) // 2]:.1f} % in the middle, "
            f"{100 * apart[worst]:.1f} % at worst ({', '.join(worst)})")


def write(rows, folder: Path, told: str):
    cells = Cells(rows)
    print("\ngoodput, Mb/s: median [least-greatest over seeds]")
    print_table(*table(cells), left=3)
    print("\nsmoothed round trip of the sender and standing queue after start-up, ms")
    print_table(*delay_table(cells), left=3)
    print("\n" + control_text(cells))
    for row in cells.failed:
        print(f"not measured: {row['key']}: {row['failed'].splitlines()[-1]}")
    with open(folder / "rescue.csv", "w", newline="") as out:
        writer = csv.DictWriter(out, _COLUMNS + ["drops"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**r, "drops": " ".join(f"{k}={v}" for k, v in r.get("drops", {}).items())} for r in rows)
    (folder / "rescue.json").write_text(json.dumps([{k: v for k, v in r.items() if k != "series"} for r in rows], indent=1))
    (folder / "rescue.html").write_text(_page(cells, told))


def _page(cells: Cells, told):
    body = [plots.legend([(COLOURS[b], SAYS[b]) for b in cells.boxes])]
    for sender, direction in dict.fromkeys(c[1:] for c in cells.names):
        groups = [(cell[0], [(COLOURS[b], b, s.middle, s.low, s.high) for b in cells.boxes
                             for s in [cells.spread(cell, b)]]) for cell in cells.names if cell[1:] == (sender, direction)]
        body.append(plots.bars(f"Goodput, {sender}, {direction}: median, least and greatest", "Mb/s", groups))
    body += [f"<p>{control_text(cells)}.</p>", plots.table(*table(cells)), "<h2>Round trip and standing queue, ms</h2>",
             plots.table(*delay_table(cells))]
    for cell in cells.names:
        first = [(b, cells.of(cell, b)[0]["series"]) for b in cells.boxes if b != "off2" and cells.of(cell, b)]
        shown = "".join(plots.chart(title, "time, s", unit, [(b, COLOURS[b], s[key]) for b, s in first])
                        for title, unit, key in (("Goodput at the receiver", "Mb/s", "goodput"),
                                                 ("Round-trip time at the sender (smoothed)", "ms", "rtt"),
                                                 ("Sender window (the smaller of two)", "kB", "window")))
        body.append(f"<h2>{', '.join(cell)}</h2><p>{PROFILES[cell[0]].says}; the first seed.</p><div class=plots>{shown}</div>")
    remark = f"Real TCP. Linux {platform.release()}, {os.cpu_count()} cores. {told}"
    return plots.page("Gimbal: the rescue matrix", remark, "".join(body))
