"""Plots of the laboratory's pages: inline SVG, one self-contained HTML file, nothing to load."""
import html
import math

STYLE = """
:root{--page:#fbfaf7;--ink:#1f2328;--soft:#667;--line:#d9d6cf;--off:#c2542d;--on:#1f7a8c;--card:#fff;
--c2:#8a8f98;--c3:#b08900;--c4:#6f4fb3;--c5:#2f8f4e;--c6:#e0a080}
@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e6e6e3;--soft:#9aa3ad;--line:#333a42;--off:#f08a5d;
--on:#4fc3d9;--card:#1c2026;--c2:#a8b0ba;--c3:#e5bd45;--c4:#b39ae8;--c5:#74cf92;--c6:#9c6248}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1180px;padding:28px 20px 60px;background:var(--page);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 2px}
p{margin:4px 0 12px;max-width:75ch}.soft{color:var(--soft)}table{border-collapse:collapse;margin:14px 0;width:100%;
font-variant-numeric:tabular-nums}th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:right}
th.text,td.text{text-align:left}th{color:var(--soft);font-weight:600;
font-size:13px}td{white-space:nowrap}td.gain{font-weight:700;color:var(--on)}.plots{display:grid;gap:14px;
grid-template-columns:repeat(auto-fit,minmax(340px,1fr))}figure{margin:0;background:var(--card);
border:1px solid var(--line);border-radius:8px;padding:10px 8px 4px}figcaption{font-weight:600;font-size:14px;
padding:0 6px}svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}svg text{fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1}.off{stroke:var(--off)}.on{stroke:var(--on)}.c2{stroke:var(--c2)}
.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}
.fill.off,.key.off{background:var(--off);fill:var(--off)}.fill.on,.key.on{background:var(--on);fill:var(--on)}
.fill.c2,.key.c2{background:var(--c2);fill:var(--c2)}.fill.c3,.key.c3{background:var(--c3);fill:var(--c3)}
.fill.c4,.key.c4{background:var(--c4);fill:var(--c4)}.fill.c5,.key.c5{background:var(--c5);fill:var(--c5)}
.fill.c6,.key.c6{background:var(--c6);fill:var(--c6)}.fill{stroke:none}.whisker{stroke:var(--ink);stroke-width:1}
.curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.diagonal{stroke:var(--soft);stroke-dasharray:4 4}
.more{stroke-opacity:.45}.key{display:inline-block;width:18px;height:4px;border-radius:2px;margin:0 6px 3px 0}
.cross{stroke:var(--soft);stroke-dasharray:3 3}.read{font-size:12px;color:var(--soft);padding:0 6px;line-height:16px;min-height:16px}
.scroll{overflow-x:auto}figure+figure{margin-top:14px}.plots figure{margin:0}.entry{white-space:nowrap;margin-right:14px}
"""

SCRIPT = """
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

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 246, 52, 448, 12, 208


def page(title, remark, body):
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>"
            f'<p class="soft">{html.escape(remark)}</p>{body}<script>{SCRIPT}</script></html>\n')


def _is_number(text):
    """A figure, perhaps with a spread or a unit behind it; "-" stands for one that is missing."""
    return text[:1].isdigit() or text[:1] in "-+." and (len(text) == 1 or text[1:2].isdigit()) or text in ("", "nan")


def table(headers, rows, gain=None):
    """`rows`: cells as text; columns of words stand to the left, of figures to the right; number `gain` stands out."""
    rows = [[str(cell) for cell in row] for row in rows]
    words = [not all(_is_number(row[i]) for row in rows if i < len(row)) for i in range(len(headers))]

    def css(i):
        names = [n for n, there in (("text", words[i]), ("gain", i == gain)) if there]
        return f' class="{" ".join(names)}"' if names else ""

    head = "".join(f"<th{' class=text' if words[i] else ''}>{html.escape(h)}</th>" for i, h in enumerate(headers))
    body = "".join("<tr>" + "".join(f"<td{css(i)}>{html.escape(c)}</td>" for i, c in enumerate(row)) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def legend(keys):
    """`keys`: (css class, text)."""
    return '<p class="soft">' + " ".join(f'<span class="entry"><span class="key {css}"></span>{html.escape(text)}</span>'
                                        for css, text in keys) + "</p>"


def ticks(top):
    """At most six round steps from 0 to at least `top`."""
    scale = 10.0 ** math.floor(math.log10(max(top, 1e-9)))
    step = next(f * scale / 10 for f in (1, 2, 5, 10, 20) if top / (f * scale / 10) <= 5)
    return [i * step for i in range(math.ceil(top / step - 1e-9) + 1)]


def chart(title, x_title, y_title, series):
    """`series`: (name, css class, [(x, y)...]). Axes begin at zero."""
    series = [(n, c, p) for n, c, p in series if p]
    if not series:
        return ""
    xs, ys = ticks(max(x for _, _, p in series for x, _ in p)), ticks(max(y for _, _, p in series for _, y in p) or 1)
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


def bars(title, y_title, groups, width=1120):
    """`groups`: (name, [(css class, says, middle, lowest, highest)...]): a bar each, a whisker for the spread."""
    groups = [(n, [b for b in b_ if b[2] == b[2]]) for n, b_ in groups]
    tops = [b[4] for _, b_ in groups for b in b_]
    if not tops:
        return ""
    height, bottom, right = 272, 236, width - 12
    ys, step = ticks(max(tops) or 1), (right - _LEFT) / len(groups)

    def py(y):
        return bottom - (bottom - _TOP) * y / ys[-1]

    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">']
    for y in ys:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{py(y):.1f}" y2="{py(y):.1f}"/>'
                     f'<text x="{_LEFT - 6}" y="{py(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for i, (name, list_) in enumerate(groups):
        start, each = _LEFT + step * (i + 0.1), step * 0.8 / max(1, len(list_))
        for j, (css, says, value, low, high) in enumerate(list_):
            x = start + each * j
            parts.append(f'<rect class="fill {css}" x="{x:.1f}" y="{py(value):.1f}" width="{each * 0.9:.1f}" '
                         f'height="{bottom - py(value):.1f}"><title>{html.escape(f"{name}, {says}: {value:.1f} ({low:.1f} to {high:.1f})")}'
                         f'</title></rect><line class="whisker" x1="{x + each * .45:.1f}" x2="{x + each * .45:.1f}" '
                         f'y1="{py(low):.1f}" y2="{py(high):.1f}"/>')
        parts.append(f'<text x="{start + step * 0.4:.1f}" y="{bottom + 16 + 13 * (i % 2 if step < 75 else 0)}" '
                     f'text-anchor="middle">{html.escape(name)}</text>')
    parts.append(f'<text transform="translate(11 {(_TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">'
                 f'{html.escape(y_title)}</text></svg>')
    return f'<figure><figcaption>{html.escape(title)}</figcaption>{"".join(parts)}</figure>'


def scatter(title, x_title, y_title, series):
    """`series`: (name, css class, [(x, y, says)...]) on two axes of one scale, with the diagonal."""
    points = [p for _, _, ps in series for p in ps]
    if not points:
        return ""
    axis = ticks(max(max(x, y) for x, y, _ in points) or 1)
    side, left, top = 460, 52, 12
    low, high = side - 48, axis[-1]

    def px(x):
        return left + (side - 12 - left) * x / high

    def py(y):
        return low - (low - top) * y / high

    parts = [f'<svg viewBox="0 0 {side} {side}" role="img" aria-label="{html.escape(title)}">']
    for v in axis:
        parts.append(f'<line class="grid" x1="{left}" x2="{side - 12}" y1="{py(v):.1f}" y2="{py(v):.1f}"/>'
                     f'<line class="grid" x1="{px(v):.1f}" x2="{px(v):.1f}" y1="{top}" y2="{low}"/>'
                     f'<text x="{left - 6}" y="{py(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
                     f'<text x="{px(v):.1f}" y="{low + 15}" text-anchor="middle">{v:g}</text>')
    parts.append(f'<line class="diagonal" x1="{px(0)}" y1="{py(0)}" x2="{px(high)}" y2="{py(high)}"/>')
    for name, css, list_ in series:
        for x, y, says in list_:
            parts.append(f'<circle class="fill {css}" cx="{px(x):.1f}" cy="{py(y):.1f}" r="4" fill-opacity="0.75">'
                         f'<title>{html.escape(f"{name}, {says}: {x:.1f}, {y:.1f}")}</title></circle>')
    parts.append(f'<text x="{side / 2}" y="{side - 8}" text-anchor="middle">{html.escape(x_title)}</text>'
                 f'<text transform="translate(11 {side / 2}) rotate(-90)" text-anchor="middle">{html.escape(y_title)}</text></svg>')
    return f'<figure><figcaption>{html.escape(title)}</figcaption>{"".join(parts)}</figure>'
