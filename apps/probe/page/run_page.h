#pragma once

#include <string>
#include <vector>

#include "probe/page/plot.h"
#include "probe/result.h"

namespace gimbal::probe::page {

/// The distribution of a metric as a curve over shares: how high the slowest 1 in 10, 100, 1,000
/// lie. Ends where the run has seen too little to go on: at the share of its slowest value.
Curve distribution(const Metric& metric, int colour);

/// A check the run was put to, for the page's head.
struct Check {
  std::string text;
  bool met{false};
};

/// One run as one HTML document that needs nothing else: summary, percentiles, time series,
/// figures, counters, parameters.
std::string run_page(const RunResult& result, const std::vector<Check>& checks);

}  // namespace gimbal::probe::page
