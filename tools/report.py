"""The demo's report: one HTML file that needs nothing else, with plots over time."""
import html

import plots
from lab import series
from plots import chart


def _styles(runs):
    """(run, css): colour tells off from on, faintness a further seed."""
    seen = set()
    for run in runs:
        yield run, run["box"] + (" more" if run["box"] in seen else "")
        seen.add(run["box"])


def _section(title, says, runs):
    legend = ('<p class="soft"><span class="key off"></span>off: a plain wire in the box\'s place &nbsp; '
              '<span class="key on"></span>on: Gimbal</p>')
    name = {"off": "off", "on": "on"}
    if runs[0]["workload"] == "barrier":
        over_time = [(name[r["box"]], css, list(enumerate(r["result"]["rounds_ms"]))) for r, css in _styles(runs)]
        spread = []
        for run, css in _styles(runs):
            ordered = sorted(run["result"]["rounds_ms"])
            spread.append((name[run["box"]], css, [(100 * i / (len(ordered) - 1), v) for i, v in enumerate(ordered)]))
        shown = (chart("Time of each round", "round", "ms", over_time) +
                 chart("Rounds sorted by time", "share of rounds not slower, %", "ms", spread))
    else:
        data = [(run, css, series.of_bulk(run["result"])) for run, css in _styles(runs)]
        shown = "".join(chart(label, "time, s", unit, [(name[r["box"]], css, d[key]) for r, css, d in data])
                        for label, unit, key in (("Goodput at the receiver", "Mb/s", "goodput"),
                                                 ("Round-trip time at the sender (smoothed)", "ms", "rtt"),
                                                 ("Sender window (the smaller of two)", "kB", "window")))
    return f'<h2>{html.escape(title)}</h2><p>{html.escape(says)}</p>{legend}<div class="plots">{shown}</div>'


def render(headers, rows, sections, remark):
    """The page. `rows`: cells as text; the last one is the gain. `sections`: (title, says, runs)."""
    return plots.page("Gimbal: real TCP, off and on", remark, plots.table(headers, rows, gain=len(headers) - 1) +
                      "".join(_section(*s) for s in sections))
