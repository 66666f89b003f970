#pragma once

#include <iosfwd>

#include "probe/result.h"

namespace gimbal::probe {

/// The result as text: a line on the run, a row of percentiles per metric, figures, counters.
void print_table(std::ostream& out, const RunResult& result);

}  // namespace gimbal::probe
