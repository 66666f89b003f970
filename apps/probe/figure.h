#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "probe/result.h"

namespace gimbal::probe {

/// A number of a result with its unit: "ms", "us", "s", "Mb/s", or empty for a count.
struct Figure {
  double value{0};
  std::string unit;
};

/// 0.999 of "p99.9"; nothing unless it is p with a number above 0 and below 100.
std::optional<double> parse_quantile(std::string_view text);

/// Milliseconds in one of `unit`; nothing when it is not a unit of time.
std::optional<double> milliseconds_per(std::string_view unit);

/// Finds a number by the name it has after the workload's: a percentile, `mean`, `max`, `min` or
/// `count` of a metric ("ttft.p99"; without a metric's name, of the first), a figure
/// ("goodput_mbit") or a counter ("errors"). The error lists what there is.
Result<Figure> find_figure(const RunResult& result, std::string_view name);

}  // namespace gimbal::probe
