#pragma once

#include <string>
#include <string_view>

#include "shaper/repair_limits.h"

namespace gimbal::sim {

/// Changes one constant of the engine by its name: "thin_gap=5ms" or, for a plain number,
/// "tries=4". Durations take us, ms or s. Returns what was wrong, empty when nothing was.
[[nodiscard]] std::string set_limit(RepairLimits& limits, std::string_view assignment);

/// All names with the values in force, as `set_limit` reads them, one a line.
[[nodiscard]] std::string print_limits(const RepairLimits& limits);

}  // namespace gimbal::sim
