#include "probe/table.h"

#include <cstdio>
#include <ostream>

namespace gimbal::probe {
namespace {

/// Four significant digits, without exponents for what a run measures.
std::string figure(double value) {
  char text[32];
  const int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

void print_row(std::ostream& out, const Metric& metric) {
  const std::string label = metric.name + " [" + metric.unit + "]";
  out << label << std::string(label.size() < 22 ? 22 - label.size() : 1, ' ')
      << padded(std::to_string(metric.histogram.count()), 9) << padded(figure(metric.mean()), 10);
  for (const auto& [name, q] : kQuantiles) out << padded(figure(metric.quantile(q)), 10);
  out << padded(figure(metric.max()), 10) << '\n';
}

}  // namespace

void print_table(std::ostream& out, const RunResult& result) {
  out << result.workload;
  if (result.name != result.workload) out << " \"" << result.name << '"';
  out << ", " << figure(result.seconds) << " s\n";
  if (!result.metrics.empty()) {
    out << std::string(22, ' ') << padded("count", 9) << padded("mean", 10);
    for (const auto& [name, q] : kQuantiles) out << padded(name, 10);
    out << padded("max", 10) << '\n';
    for (const Metric& metric : result.metrics) print_row(out, metric);
  }
  for (const auto& [name, value] : result.figures) out << name << ' ' << figure(value) << '\n';
  const char* separator = "";
  for (const auto& [name, value] : result.counters) {
    out << separator << name << ' ' << value;
    separator = ", ";
  }
  out << '\n';
}

}  // namespace gimbal::probe
