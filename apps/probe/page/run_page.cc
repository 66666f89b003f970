#include "probe/page/run_page.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "probe/page/layout.h"
#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

/// A percentile that fewer values than this lie beyond says little.
constexpr double kFewBeyond = 5;
/// Percentiles so far apart cannot be read on one linear axis.
constexpr double kLogarithmicAbove = 40;

std::string summary(const RunResult& result) {
  Table table;
  table.headings = {"metric", "unit", "count", "mean"};
  for (const auto& [name, q] : kQuantiles) table.headings.emplace_back(name);
  table.headings.emplace_back("max");
  table.words = 2;
  bool dimmed = false;
  for (const Metric& metric : result.metrics) {
    const auto count = static_cast<double>(metric.histogram.count());
    std::vector<std::string> row{escape(metric.name), escape(metric.unit), number(count),
                                 number(metric.mean())};
    for (const auto& [name, q] : kQuantiles) {
      const bool few = count * (1 - q) < kFewBeyond;
      dimmed = dimmed || few;
      const std::string value = number(metric.quantile(q));
      row.push_back(few ? "<span class=\"dim\">" + value + "</span>" : value);
    }
    row.push_back(number(metric.max()));
    table.rows.push_back(std::move(row));
  }
  return render(table) + (dimmed ? "<p class=\"soft\">Faint: fewer than five values lie beyond, so "
                                   "another run may well show another number.</p>"
                                 : "");
}

std::string percentile_plots(const RunResult& result) {
  std::map<std::string, Plot> by_unit;
  std::vector<std::string> order;
  for (const Metric& metric : result.metrics) {
    if (metric.histogram.count() == 0) continue;
    if (!by_unit.contains(metric.unit)) order.push_back(metric.unit);
    Plot& plot = by_unit[metric.unit];
    plot.curves.push_back(distribution(metric, static_cast<int>(plot.curves.size() % 6)));
  }
  std::string out;
  for (const std::string& unit : order) {
    Plot& plot = by_unit[unit];
    plot.title = plot.curves.size() == 1 ? plot.curves[0].name + " by percentile" : "By percentile";
    plot.x_title = "share of values not higher, %";
    plot.y_title = unit;
    plot.x_scale = Scale::nines;
    plot.wide = true;
    double low = plot.curves[0].points.front().second;
    double high = low;
    for (const Curve& curve : plot.curves)
      for (const auto& [share, value] : curve.points)
        low = std::min(low, value), high = std::max(high, value);
    if (low > 0 && high / low > kLogarithmicAbove) plot.y_scale = Scale::logarithmic;
    out += render(plot);
  }
  return out;
}

/// How often the metric was recorded, in few enough bins that chance does not fill the picture;
/// empty when it was as regular as a clock.
Curve rate_of(const Metric& metric) {
  constexpr double kMostBins = 60;
  const double span = metric.series.back().t_s + metric.interval_s;
  const double width = metric.interval_s * std::ceil(span / metric.interval_s / kMostBins);
  std::vector<double> bins(static_cast<std::size_t>(std::ceil(span / width - 1e-6)));
  for (const SeriesPoint& point : metric.series)
    bins[std::min(static_cast<std::size_t>(point.t_s / width + 1e-6), bins.size() - 1)] +=
        static_cast<double>(point.count);
  Curve rate{"per second", 2, false, {}};
  // The last bin is seldom whole.
  for (std::size_t i = 0; i + 1 < bins.size(); ++i)
    rate.points.emplace_back((static_cast<double>(i) + 0.5) * width, bins[i] / width);
  bins.pop_back();
  const auto [least, most] = std::minmax_element(bins.begin(), bins.end());
  if (bins.size() < 2 || *most - *least <= 0.02 * *most + 1) rate.points.clear();
  return rate;
}

/// A metric over time: three lines, or one when no interval saw more than one value.
std::string series_plots(const Metric& metric) {
  if (metric.series.size() < 2 || metric.interval_s <= 0) return {};
  Curve median{"p50", 0, false, {}};
  Curve tail{"p99", 1, false, {}};
  Curve top{"max", 1, true, {}};
  bool single = true;
  for (const SeriesPoint& point : metric.series) {
    median.points.emplace_back(point.t_s, point.p50);
    tail.points.emplace_back(point.t_s, point.p99);
    top.points.emplace_back(point.t_s, point.max);
    single = single && point.count == 1;
  }
  Plot values{metric.name + " over time", "time, s", metric.unit, {}, {}, false, true, {}};
  Plot rates{metric.name + ": how many", "time, s", "per second", {}, {}, false, true, {}};
  values.curves = {top, tail, median};
  if (single) values.curves = {Curve{metric.name, 0, false, median.points}};
  rates.curves = {rate_of(metric)};
  return render(values) + render(rates);
}

std::string in_words(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number()) return number(value.get<double>());
  return value.dump();
}

std::string cards(const RunResult& result) {
  std::vector<std::pair<std::string, std::string>> figures;
  for (const auto& [name, value] : result.figures) figures.emplace_back(name, number(value));
  std::vector<std::pair<std::string, std::string>> counters;
  for (const auto& [name, value] : result.counters)
    counters.emplace_back(name, number(static_cast<double>(value)));
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : result.parameters.items())
    parameters.emplace_back(name, in_words(value));
  return "<div class=\"cards\">" + render_pairs("Figures", figures) +
         render_pairs("Counters", counters) + render_pairs("Asked for", parameters) + "</div>";
}

std::string verdicts(const RunResult& result, const std::vector<Check>& checks) {
  std::string out;
  if (!result.clean()) out += badge("worse", "not clean: see the counters") + " ";
  for (const Check& check : checks)
    out += badge(check.met ? "better" : "worse", (check.met ? "met: " : "") + check.text) + " ";
  return out.empty() ? out : "<p>" + out + "</p>";
}

}  // namespace

Curve distribution(const Metric& metric, int colour) {
  Curve curve{metric.name, colour, false, {}};
  const auto counts = metric.histogram.counts();
  const auto total = static_cast<double>(metric.histogram.count());
  double seen = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    if (counts[bucket] == 0) continue;
    const auto edge = std::min(Histogram::upper_edge(bucket), metric.histogram.max());
    const double value = static_cast<double>(edge) * metric.scale;
    if (curve.points.empty()) curve.points.emplace_back(0, value);
    seen += static_cast<double>(counts[bucket]);
    // The slowest of n values stands for the share 1 - 1/n: 1 itself lies at no finite place.
    curve.points.emplace_back(std::min(seen, total - 1) / total, value);
  }
  return curve;
}

std::string run_page(const RunResult& result, const std::vector<Check>& checks) {
  const std::string title =
      result.name == result.workload ? result.workload : result.name + " (" + result.workload + ")";
  std::string plots;
  for (const Metric& metric : result.metrics) plots += series_plots(metric);
  std::string body = verdicts(result, checks) + summary(result) + "<div class=\"plots\">" +
                     percentile_plots(result) + plots + "</div>" + cards(result);
  return document("gimbal-probe: " + title, "Measured for " + with_unit(result.seconds, "s"), body);
}

}  // namespace gimbal::probe::page
