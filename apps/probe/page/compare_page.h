#pragma once

#include <string>
#include <vector>

#include "probe/compare.h"
#include "probe/page/run_page.h"

namespace gimbal::probe::page {

/// Two runs side by side as one HTML document: the rows with their intervals and verdicts, the
/// ratios drawn, both distributions of every metric over each other.
std::string compare_page(const Comparison& comparison, const RunResult& a, const RunResult& b,
                         const std::vector<Check>& checks);

}  // namespace gimbal::probe::page
