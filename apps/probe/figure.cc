#include "probe/figure.h"

#include <cstdlib>

namespace gimbal::probe {
namespace {

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

/// Figures carry their unit at the end of their name.
std::string unit_of(std::string_view name) {
  if (ends_with(name, "_mbit")) return "Mb/s";
  if (ends_with(name, "_per_s")) return "/s";
  if (ends_with(name, "_percent")) return "%";
  for (const char* unit : {"ms", "us", "s"})
    if (ends_with(name, std::string{"_"} + unit)) return unit;
  return {};
}

std::optional<Figure> of_metric(const Metric& metric, std::string_view what) {
  if (const auto q = parse_quantile(what)) return Figure{metric.quantile(*q), metric.unit};
  if (what == "mean") return Figure{metric.mean(), metric.unit};
  if (what == "max") return Figure{metric.max(), metric.unit};
  if (what == "min")
    return Figure{static_cast<double>(metric.histogram.min()) * metric.scale, metric.unit};
  if (what == "count") return Figure{static_cast<double>(metric.histogram.count()), ""};
  return std::nullopt;
}

std::optional<Figure> of_metrics(const RunResult& result, std::string_view name) {
  for (const Metric& metric : result.metrics) {
    if (!name.starts_with(metric.name + ".")) continue;
    if (auto found = of_metric(metric, name.substr(metric.name.size() + 1))) return found;
  }
  if (result.metrics.empty()) return std::nullopt;
  return of_metric(result.metrics.front(), name);
}

std::optional<Figure> of_numbers(const RunResult& result, const std::string& name) {
  if (const auto found = result.figures.find(name); found != result.figures.end())
    return Figure{found->second, unit_of(name)};
  if (const auto found = result.counters.find(name); found != result.counters.end())
    return Figure{static_cast<double>(found->second), unit_of(name)};
  const auto found = result.extra.find(name);
  if (found != result.extra.end() && found->is_number())
    return Figure{found->get<double>(), unit_of(name)};
  return std::nullopt;
}

std::string names_of(const RunResult& result) {
  std::string names;
  for (const Metric& metric : result.metrics) names += ", " + metric.name + ".p99";
  for (const auto& [name, value] : result.figures) names += ", " + name;
  for (const auto& [name, value] : result.counters) names += ", " + name;
  return names.empty() ? "nothing" : names.substr(2);
}

}  // namespace

std::optional<double> parse_quantile(std::string_view text) {
  if (text.size() < 2 || text[0] != 'p' || text[1] < '0' || text[1] > '9') return std::nullopt;
  const std::string number{text.substr(1)};
  char* end = nullptr;
  const double percent = std::strtod(number.c_str(), &end);
  if (*end != '\0' || !(percent > 0 && percent < 100)) return std::nullopt;
  return percent / 100;
}

std::optional<double> milliseconds_per(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "us") return 1e-3;
  if (unit == "s") return 1e3;
  return std::nullopt;
}

Result<Figure> find_figure(const RunResult& result, std::string_view name) {
  if (auto found = of_metrics(result, name)) return *found;
  const std::string plain{name};
  for (const std::string& candidate : {plain, plain + "_ms"})
    if (auto found = of_numbers(result, candidate)) return *found;
  // Names that older result files had: a time of the metric with its unit at the end.
  if (name.ends_with("_ms"))
    if (auto found = of_metrics(result, name.substr(0, name.size() - 3)))
      if (found->unit == "ms") return *found;
  return Error{plain, "nothing of that name was measured; there is " + names_of(result)};
}

}  // namespace gimbal::probe
