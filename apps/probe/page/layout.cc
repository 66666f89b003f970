#include "probe/page/layout.h"

#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--page:#fbfaf7;--ink:#1f2328;--soft:#5d6670;--line:#dedbd3;--card:#fff;
--c0:#1f7a8c;--c1:#c2542d;--c2:#6b4fa0;--c3:#3f7d3a;--c4:#b0790f;--c5:#a03a6b;
--good:#2b7a3d;--goodbg:#e2f2e4;--bad:#b3352b;--badbg:#fbe6e3;--flatbg:#ecebe6}
@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e6e6e3;--soft:#9aa3ad;--line:#333a42;--card:#1c2026;
--c0:#4fc3d9;--c1:#f08a5d;--c2:#b39ddb;--c3:#8bc98a;--c4:#e5b454;--c5:#e58bb8;
--good:#8bd39a;--goodbg:#1d3524;--bad:#f39a90;--badbg:#43221f;--flatbg:#2a2f36}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:28px 20px 60px;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 2px}h2{font-size:19px;margin:34px 0 4px}h3{font-size:15px;margin:0 0 4px}
p{margin:4px 0 12px;max-width:80ch}.soft{color:var(--soft)}
.lead{font-size:17px;border-left:4px solid var(--c0);padding:6px 0 6px 14px;margin:16px 0}
.lead p{margin:2px 0;max-width:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:10px 0;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:600;font-size:13px;vertical-align:bottom}
.word{text-align:left}td.dim,.dim{color:var(--soft);opacity:.65}
.cards{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));align-items:start;margin-top:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.card table{margin:0}.card td{padding:3px 0}.card tr:last-child td{border-bottom:0}
.card td:last-child{white-space:normal;overflow-wrap:anywhere}
.plots{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));margin:10px 0}
@media (min-width:1000px){.plots.pairs{grid-template-columns:1fr 1fr}}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 8px 4px;min-width:0}
figure.wide{grid-column:1/-1;margin:10px 0}
figcaption{font-weight:600;font-size:14px;padding:0 6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;padding:2px 6px;font-size:13px;color:var(--soft)}
.key{display:inline-block;width:18px;height:4px;border-radius:2px;margin:0 6px 3px 0}
svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}svg text{fill:var(--soft)}
.wide svg{font-size:12px}
.grid{stroke:var(--line);stroke-width:1}.curve{fill:none;stroke-width:1.8;stroke-linejoin:round}
.faint{stroke-opacity:.4}.key.faint{opacity:.4}
.bar{stroke-width:4;stroke-linecap:round}.reference{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:4 3}
.pale{fill-opacity:.35}.whisker{stroke:var(--ink);stroke-width:2;stroke-linecap:round}
.cross{stroke:var(--soft);stroke-dasharray:3 3}
.read{font-size:12px;color:var(--soft);padding:0 6px 4px;min-height:22px;font-variant-numeric:tabular-nums}
.badge{display:inline-block;border-radius:10px;padding:0 9px;font-size:13px;font-weight:600;line-height:21px}
.better{color:var(--good);background:var(--goodbg)}.worse{color:var(--bad);background:var(--badbg)}
.same{color:var(--soft);background:var(--flatbg)}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}
.k0,.f0{background:var(--c0);fill:var(--c0)}.k1,.f1{background:var(--c1);fill:var(--c1)}
.k2,.f2{background:var(--c2);fill:var(--c2)}.k3,.f3{background:var(--c3);fill:var(--c3)}
.k4,.f4{background:var(--c4);fill:var(--c4)}.k5,.f5{background:var(--c5);fill:var(--c5)}
@media print{body{max-width:none}figure,.card{break-inside:avoid}}
)css";

constexpr const char* kScript = R"js(
for (const svg of document.querySelectorAll('svg[data-width]')) {
  const d = svg.dataset, left = +d.left, right = +d.right, width = +d.width;
  const cross = svg.querySelector('.cross'), read = svg.parentNode.querySelector('.read');
  const curves = [...svg.querySelectorAll('.curve')].map(c => [c.dataset.name, JSON.parse(c.dataset.points)]);
  const show = v => Math.abs(v) >= 1e6 || (v && Math.abs(v) < 1e-3) ? v.toExponential(2) : +v.toPrecision(4);
  svg.addEventListener('pointermove', e => {
    const box = svg.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * width;
    if (x < left || x > right) return;
    cross.setAttribute('x1', x); cross.setAttribute('x2', x); cross.style.display = '';
    const at = p => p.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
    const near = curves.map(([n, p]) => [n, at(p)]);
    const first = near.map(([, p]) => p).reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a)[1];
    const where = 'nines' in d ? +(first * 100).toPrecision(7) + ' %' : show(first) + ' ' + d.x.split(',').pop().trim();
    read.textContent = where + ': ' + near.map(([n, p]) => n + ' ' + show(p[2])).join(', ');
  });
  svg.addEventListener('pointerleave', () => { cross.style.display = 'none'; read.textContent = ''; });
}
)js";

}  // namespace

std::string render(const Table& table) {
  const auto css = [&](std::size_t column) {
    return column < table.words ? " class=\"word\"" : "";
  };
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t i = 0; i < table.headings.size(); ++i)
    out += std::string{"<th"} + css(i) + ">" + table.headings[i] + "</th>";
  out += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += std::string{"<td"} + css(i) + ">" + row[i] + "</td>";
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

std::string render_pairs(const std::string& heading,
                         const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return {};
  std::string out = "<div class=\"card\"><h3>" + escape(heading) + "</h3><table>";
  for (const auto& [name, value] : pairs)
    out += "<tr><td class=\"word\">" + escape(name) + "</td><td>" + escape(value) + "</td></tr>";
  return out + "</table></div>";
}

std::string badge(const std::string& css, const std::string& word) {
  return "<span class=\"badge " + css + "\">" + escape(word) + "</span>";
}

std::string document(const std::string& title, const std::string& subtitle,
                     const std::string& body) {
  return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
         escape(title) + "</title><style>" + kStyle + "</style><h1>" + escape(title) +
         "</h1><p class=\"soft\">" + escape(subtitle) + "</p>" + body + "<script>" + kScript +
         "</script></html>\n";
}

}  // namespace gimbal::probe::page
