#include "probe/page/compare_page.h"

#include <algorithm>
#include <cmath>

#include "probe/page/layout.h"
#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

constexpr double kLogarithmicAbove = 40;

const char* css_of(Verdict verdict) {
  if (verdict == Verdict::better) return "better";
  return verdict == Verdict::worse ? "worse" : "same";
}

int colour_of(Verdict verdict) {
  if (verdict == Verdict::better) return 3;
  return verdict == Verdict::worse ? 1 : 0;
}

std::string between(const Interval& interval) {
  return "<span class=\"soft\">[" + number(interval.low) + ", " + number(interval.high) +
         "]</span>";
}

std::string rows_of(const Comparison& comparison) {
  Table table;
  table.headings = {"metric", "", "unit", "A", "B", "B &minus; A", "", "B / A", "", "verdict"};
  table.words = 3;
  for (const CompareRow& row : comparison.rows)
    table.rows.push_back({escape(row.metric), escape(row.what), escape(row.unit), number(row.a),
                          number(row.b), number(row.difference()), between(row.diff),
                          number(row.quotient()), between(row.ratio),
                          badge(css_of(row.verdict), std::string{describe(row.verdict)})});
  return render(table);
}

std::string ratios_of(const Comparison& comparison) {
  BarPlot plot;
  plot.title = "B / A with its interval";
  plot.x_title = "ratio; the dashed line is: the same";
  plot.x_scale = Scale::logarithmic;
  plot.has_reference = true;
  plot.reference = 1;
  for (const CompareRow& row : comparison.rows) {
    const bool drawable = std::isfinite(row.quotient()) && row.ratio.low > 0 &&
                          std::isfinite(row.ratio.high) && row.verdict != Verdict::too_few_values;
    if (drawable)
      plot.bars.push_back({row.metric + " " + row.what, colour_of(row.verdict), row.ratio.low,
                           row.quotient(), row.ratio.high, std::string{describe(row.verdict)}});
  }
  return render(plot);
}

std::string distributions(const Comparison& comparison, const RunResult& a, const RunResult& b) {
  std::string out;
  for (const Metric& mine : a.metrics) {
    const Metric* theirs = b.find(mine.name);
    if (theirs == nullptr || mine.histogram.count() == 0 || theirs->histogram.count() == 0)
      continue;
    Plot plot;
    plot.title = mine.name + " by percentile";
    plot.x_title = "share of values not higher, %";
    plot.y_title = mine.unit;
    plot.x_scale = Scale::nines;
    plot.wide = true;
    plot.curves = {distribution(mine, 1), distribution(*theirs, 0)};
    plot.curves[0].name = "A: " + comparison.name_a;
    plot.curves[1].name = "B: " + comparison.name_b;
    const double low = std::min(mine.quantile(0), theirs->quantile(0));
    if (low > 0 && std::max(mine.max(), theirs->max()) / low > kLogarithmicAbove)
      plot.y_scale = Scale::logarithmic;
    out += render(plot);
  }
  return out;
}

std::string figures_of(const Comparison& comparison) {
  if (comparison.figures.empty()) return {};
  Table table;
  table.headings = {"figure", "A", "B", "B &minus; A", "B / A"};
  for (const CompareFigure& figure : comparison.figures)
    table.rows.push_back({escape(figure.name), number(figure.a), number(figure.b),
                          number(figure.b - figure.a),
                          figure.a != 0 ? number(figure.b / figure.a) : "-"});
  return "<h2>Figures and counters</h2><p class=\"soft\">Each run has these once, so nothing can "
         "be said about chance.</p>" +
         render(table);
}

std::string explanation(const Comparison& comparison) {
  const CompareOptions& o = comparison.options;
  return "<p class=\"soft\">Intervals: " + number(o.confidence * 100) +
         " % by bootstrap from the " + "histograms (" + number(o.resamples) + " replicates, seed " +
         std::to_string(o.seed) +
         "), widened where neighbouring intervals of a run are alike. Better or worse: the whole "
         "interval lies on one side of the same, and the difference is at least " +
         number(o.ignore_percent) +
         " %. With many rows one in twenty may mislead. They speak of these two runs; what changes "
         "from run to run they cannot know: repeat and compare again.</p>";
}

}  // namespace

std::string compare_page(const Comparison& comparison, const RunResult& a, const RunResult& b,
                         const std::vector<Check>& checks) {
  std::string head;
  for (const Check& check : checks)
    head += badge(check.met ? "better" : "worse", (check.met ? "met: " : "") + check.text) + " ";
  if (!head.empty()) head = "<p>" + head + "</p>";
  for (const std::string& remark : comparison.remarks)
    head += "<p class=\"soft\">" + escape(remark) + "</p>";
  return document("gimbal-probe: " + comparison.name_b + " against " + comparison.name_a,
                  comparison.workload + ": A is " + comparison.name_a + " (" +
                      with_unit(a.seconds, "s") + "), B is " + comparison.name_b + " (" +
                      with_unit(b.seconds, "s") + ")",
                  head + rows_of(comparison) + explanation(comparison) + "<div class=\"plots\">" +
                      ratios_of(comparison) + distributions(comparison, a, b) + "</div>" +
                      figures_of(comparison));
}

}  // namespace gimbal::probe::page
