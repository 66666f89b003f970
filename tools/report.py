"""The demo's report: one HTML file that needs nothing else, with plots over time."""
import html
import math

_STYLE = """
:root{--page:#fbfaf7;--ink:#1f2328;--soft:#667;--line:#d9d6cf;--off:#c2542d;--on:#1f7a8c;--card:#fff}
@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e6e6e3;--soft:#9aa3ad;--line:#333a42;--off:#f08a5d;
--on:#4fc3d9;--card:#1c2026}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:28px 20px 60px;background:var(--page);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 2px}
p{margin:4px 0 12px;max-width:75ch}.soft{color:var(--soft)}table{border-collapse:collapse;margin:14px 0;width:100%;
font-variant-numeric:tabular-nums}th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}th{color:var(--soft);font-weight:600;
font-size:13px}td{white-space:nowrap}td.gain{font-weight:700;color:var(--on)}.plots{display:grid;gap:14px;
grid-template-columns:repeat(auto-fit,minmax(340px,1fr))}figure{margin:0;background:var(--card);
border:1px solid var(--line);border-radius:8px;padding:10px 8px 4px}figcaption{font-weight:600;font-size:14px;
padding:0 6px}svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}svg text{fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}.off{stroke:var(--off)}.on{stroke:var(--on)}.key.off{background:var(--off)}
.key.on{background:var(--on)}.curve{fill:none;stroke-width:1.8;stroke-linejoin:round}
.more{stroke-opacity:.45}.key{display:inline-block;width:18px;height:4px;border-radius:2px;margin:0 6px 3px 0}
.cross{stroke:var(--soft);stroke-dasharray:3 3}.read{font-size:12px;color:var(--soft);padding:0 6px;min-height:18px}
.scroll{overflow-x:auto}
"""

_SCRIPT = """
for (const svg of document.querySelectorAll('svg[data-span]')) {
  const [left, right, width] = svg.dataset.plot.split(' ').map(Number), span = Number(svg.dataset.span);
  const cross = svg.querySelector('.cross'), read = svg.parentNode.querySelector('.read');
  const curves = [...svg.querySelectorAll('.curve')].map(c => [c.dataset.name, JSON.parse(c.dataset.points)]);
  svg.addEventListener('pointermove', e => {
    const box = svg.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * width;
    if (x < left || x > right) return;
    const t = (x - left) / (right - left) * span;
    cross.setAttribute('x1', x); cross.setAttribute('x2', x); cross.style.display = '';
    const at = p => p.reduce((a, b) => Math.abs(b[0] - t) < Math.abs(a[0] - t) ? b : a);
    read.textContent = t.toFixed(1) + ' ' + svg.dataset.unit + ': ' +
      curves.map(([n, p]) => n + ' ' + at(p)[1].toPrecision(3)).join(', ');
  });
  svg.addEventListener('pointerleave', () => { cross.style.display = 'none'; read.textContent = ''; });
}
"""

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 250, 52, 448, 12, 208


def _ticks(top):
    """At most six round steps from 0 to at least `top`."""
    scale = 10.0 ** math.floor(math.log10(max(top, 1e-9)))
    step = next(f * scale / 10 for f in (1, 2, 5, 10, 20) if top / (f * scale / 10) <= 5)
    return [i * step for i in range(math.ceil(top / step - 1e-9) + 1)]


def chart(title, x_title, y_title, series):
    """`series`: (name, css class, [(x, y)...]). Axes begin at zero."""
    series = [(n, c, p) for n, c, p in series if p]
    if not series:
        return ""
    xs, ys = _ticks(max(x for _, _, p in series for x, _ in p)), _ticks(max(y for _, _, p in series for _, y in p) or 1)
    span = max(x for _, _, p in series for x, _ in p)

    def px(x):
        return _LEFT + (_RIGHT - _LEFT) * x / span

    def py(y):
        return _BOTTOM - (_BOTTOM - _TOP) * y / ys[-1]

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(title)}" data-span="{span}" '
             f'data-unit="{x_title.split(",")[-1].strip() if "," in x_title else ""}" data-plot="{_LEFT} {_RIGHT} {_WIDTH}">']
    for y in ys:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{py(y):.1f}" y2="{py(y):.1f}"/>'
                     f'<text x="{_LEFT - 6}" y="{py(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in xs:
        if x <= span * 1.001:
            parts.append(f'<line class="grid" x1="{px(x):.1f}" x2="{px(x):.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>'
                         f'<text x="{px(x):.1f}" y="{_BOTTOM + 15}" text-anchor="middle">{x:g}</text>')
    for name, css, points in series:
        path = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in points)
        data = "[" + ",".join(f"[{x:.4g},{y:.4g}]" for x, y in points) + "]"
        parts.append(f'<polyline class="curve {css}" points="{path}" data-name="{html.escape(name)}" data-points="{data}"/>')
    middle = (_LEFT + _RIGHT) / 2
    parts.append(f'<line class="cross" y1="{_TOP}" y2="{_BOTTOM}" style="display:none"/>'
                 f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{html.escape(x_title)}</text>'
                 f'<text transform="translate(11 {(_TOP + _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
                 f'{html.escape(y_title)}</text></svg>')
    return f'<figure><figcaption>{html.escape(title)}</figcaption>{"".join(parts)}<div class="read"></div></figure>'


def _smooth(points, width=5):
    """Mean over `width` neighbours: goodput in 100 ms bins is quantised by bursts."""
    half = width // 2
    return [(x, sum(y for _, y in points[max(0, i - half):i + half + 1]) / len(points[max(0, i - half):i + half + 1]))
            for i, (x, _) in enumerate(points)]


def _bulk_plots(run):
    receiver, sender = run["flows"][0]["receiver"], run["flows"][0]["sender"]
    t, b = receiver["t_ms"], receiver["bytes"]
    goodput = [(t[i] / 1e3, (b[i] - b[i - 1]) * 8e-3 / (t[i] - t[i - 1])) for i in range(1, len(t))
               if t[i] - t[i - 1] > 20]
    out = {"goodput": _smooth(goodput), "rtt": [], "window": []}
    if isinstance(sender, dict):
        seconds = [x / 1e3 for x in sender["t_ms"]]
        out["rtt"] = [(s, r / 1e3) for s, r in zip(seconds, sender["rtt_us"]) if r]
        out["window"] = [(s, min(c * m, w or c * m) / 1e3) for s, c, m, w in
                         zip(seconds, sender["cwnd"], sender["mss"], sender["peer_window"])]
    return out


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
        plots = (chart("Time of each round", "round", "ms", over_time) +
                 chart("Rounds sorted by time", "share of rounds not slower, %", "ms", spread))
    else:
        data = [(run, css, _bulk_plots(run["result"])) for run, css in _styles(runs)]
        plots = "".join(chart(label, "time, s", unit, [(name[r["box"]], css, d[key]) for r, css, d in data])
                        for label, unit, key in (("Goodput at the receiver", "Mb/s", "goodput"),
                                                 ("Round-trip time at the sender (smoothed)", "ms", "rtt"),
                                                 ("Sender window (congestion or receive, the smaller)", "kB", "window")))
    return f'<h2>{html.escape(title)}</h2><p>{html.escape(says)}</p>{legend}<div class="plots">{plots}</div>'


def render(headers, rows, sections, remark):
    """The page. `rows`: cells as text; the last one is the gain. `sections`: (title, says, runs)."""
    head = "".join(f"<th>{html.escape(h)}</th>" for h in headers)
    body = "".join("<tr>" + "".join(f'<td{" class=gain" if i == len(row) - 1 else ""}>{html.escape(c)}</td>'
                                    for i, c in enumerate(row)) + "</tr>" for row in rows)
    plots = "".join(_section(*s) for s in sections)
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Gimbal: off and on</title><style>{_STYLE}</style><h1>Gimbal: real TCP, off and on</h1>"
            f'<p class="soft">{html.escape(remark)}</p><div class="scroll"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{plots}<script>{_SCRIPT}</script></html>\n")
