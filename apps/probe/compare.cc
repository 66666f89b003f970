#include "probe/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gimbal::probe {
namespace {

double divide(double b, double a) {
  return a != 0 ? b / a : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> resample(const Metric& metric, std::optional<double> q, double effect, Rng& rng,
                             unsigned count) {
  return q ? resample_quantile(metric, *q, effect, rng, count)
           : resample_mean(metric, effect, rng, count);
}

/// Replicates lie between bucket edges, what is shown lies on one: it belongs into its interval.
Interval around(Interval interval, double value) {
  if (!std::isfinite(value)) return interval;
  return {std::min(interval.low, value), std::max(interval.high, value)};
}

Verdict judge(const CompareRow& row, bool lower_is_better, const CompareOptions& options) {
  const bool lower = row.diff.high < 0;
  const bool higher = row.diff.low > 0;
  const double size = std::max(std::fabs(row.a), std::fabs(row.b));
  if ((!lower && !higher) || std::fabs(row.difference()) * 100 < options.ignore_percent * size)
    return Verdict::none_shown;
  return lower == lower_is_better ? Verdict::better : Verdict::worse;
}

/// `q` empty: the mean.
CompareRow compare_at(const Metric& a, const Metric& b, const char* what, std::optional<double> q,
                      const CompareOptions& options, Rng& rng) {
  CompareRow row{a.name, what, a.unit, a.mean(), b.mean(), {}, {}, {}};
  if (q) row.a = a.quantile(*q), row.b = b.quantile(*q);
  const double effect_a = design_effect(a, q.value_or(0.5));
  const double effect_b = design_effect(b, q.value_or(0.5));
  const auto of_a = resample(a, q, effect_a, rng, options.resamples);
  const auto of_b = resample(b, q, effect_b, rng, options.resamples);
  std::vector<double> differences(of_a.size());
  std::vector<double> ratios(of_a.size());
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    differences[i] = of_b[i] - of_a[i];
    ratios[i] = of_a[i] != 0 ? of_b[i] / of_a[i] : std::numeric_limits<double>::infinity();
  }
  row.diff = around(interval_of(differences, options.confidence), row.difference());
  row.ratio = around(interval_of(ratios, options.confidence), row.quotient());
  const double fewest = std::min(static_cast<double>(a.histogram.count()) / effect_a,
                                 static_cast<double>(b.histogram.count()) / effect_b);
  const bool few = fewest * (1 - q.value_or(0.5)) < options.fewest_beyond;
  row.verdict = few ? Verdict::too_few_values : judge(row, a.lower_is_better, options);
  return row;
}

void compare_metrics(const RunResult& a, const RunResult& b, Comparison& out) {
  // One sequence of random numbers for all: a row's place must not decide its luck.
  Rng rng{out.options.seed};
  for (const Metric& mine : a.metrics) {
    const Metric* theirs = b.find(mine.name);
    if (theirs == nullptr || theirs->unit != mine.unit) {
      out.remarks.push_back("only A measured " + mine.name + " in " + mine.unit);
      continue;
    }
    if (mine.histogram.count() == 0 || theirs->histogram.count() == 0) {
      out.remarks.push_back(mine.name + " was never recorded in " +
                            (mine.histogram.count() == 0 ? "A" : "B"));
      continue;
    }
    out.rows.push_back(compare_at(mine, *theirs, "mean", std::nullopt, out.options, rng));
    for (const auto& [name, q] : kQuantiles)
      out.rows.push_back(compare_at(mine, *theirs, name, q, out.options, rng));
  }
  for (const Metric& theirs : b.metrics)
    if (a.find(theirs.name) == nullptr) out.remarks.push_back("only B measured " + theirs.name);
}

void compare_parameters(const RunResult& a, const RunResult& b, Comparison& out) {
  nlohmann::json all = a.parameters;
  all.update(b.parameters);
  for (const auto& item : all.items()) {
    const auto mine = a.parameters.value(item.key(), nlohmann::json{});
    const auto theirs = b.parameters.value(item.key(), nlohmann::json{});
    if (mine != theirs)
      out.remarks.push_back("asked for " + item.key() + " " + mine.dump() + " in A, " +
                            theirs.dump() + " in B");
  }
}

void compare_figures(const RunResult& a, const RunResult& b, Comparison& out) {
  for (const auto& [name, value] : a.figures)
    if (const auto found = b.figures.find(name); found != b.figures.end())
      out.figures.push_back({name, value, found->second});
  for (const auto& [name, value] : a.counters)
    if (const auto found = b.counters.find(name); found != b.counters.end())
      out.figures.push_back({name, static_cast<double>(value), static_cast<double>(found->second)});
}

}  // namespace

double CompareRow::quotient() const noexcept { return divide(b, a); }

bool Comparison::any(Verdict verdict) const noexcept {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const CompareRow& row) { return row.verdict == verdict; });
}

std::string_view describe(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::none_shown:
      return "no difference shown";
    case Verdict::too_few_values:
      return "too few values";
  }
  return "";
}

Result<Comparison> compare_runs(const RunResult& a, const RunResult& b,
                                const CompareOptions& options) {
  if (a.workload != b.workload)
    return Error{"compare", "A is a run of " + a.workload + " and B of " + b.workload +
                                ": only runs of one workload can be compared"};
  Comparison out;
  out.name_a = a.name;
  out.name_b = b.name;
  out.workload = a.workload;
  out.options = options;
  compare_parameters(a, b, out);
  compare_metrics(a, b, out);
  compare_figures(a, b, out);
  return out;
}

Result<Figure> find_figure(const Comparison& comparison, std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view which = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  const std::string_view place = name.substr(0, dot == std::string_view::npos ? 0 : dot);
  for (const CompareRow& row : comparison.rows) {
    const bool first = row.metric == comparison.rows.front().metric;
    if (place != row.metric + "." + row.what && !(first && place == row.what)) continue;
    if (which == "ratio") return Figure{row.quotient(), ""};
    if (which == "ratio_low") return Figure{row.ratio.low, ""};
    if (which == "ratio_high") return Figure{row.ratio.high, ""};
    if (which == "diff") return Figure{row.difference(), row.unit};
    if (which == "diff_low") return Figure{row.diff.low, row.unit};
    if (which == "diff_high") return Figure{row.diff.high, row.unit};
  }
  return Error{std::string{name},
               "no such row; write METRIC.p99.ratio or METRIC.p99.diff, "
               "or an end of its interval: ratio_low, ratio_high"};
}

nlohmann::json to_json(const Comparison& comparison) {
  using nlohmann::json;
  json out{{"format", "gimbal-probe-comparison/1"},
           {"a", comparison.name_a},
           {"b", comparison.name_b},
           {"workload", comparison.workload},
           {"confidence", comparison.options.confidence},
           {"resamples", comparison.options.resamples},
           {"seed", comparison.options.seed},
           {"remarks", comparison.remarks},
           {"rows", json::array()},
           {"figures", json::array()}};
  for (const CompareRow& row : comparison.rows)
    out["rows"].push_back({{"metric", row.metric},
                           {"what", row.what},
                           {"unit", row.unit},
                           {"a", row.a},
                           {"b", row.b},
                           {"diff", row.difference()},
                           {"diff_interval", {row.diff.low, row.diff.high}},
                           {"ratio", row.quotient()},
                           {"ratio_interval", {row.ratio.low, row.ratio.high}},
                           {"verdict", describe(row.verdict)}});
  for (const CompareFigure& figure : comparison.figures)
    out["figures"].push_back({{"name", figure.name}, {"a", figure.a}, {"b", figure.b}});
  return out;
}

}  // namespace gimbal::probe
