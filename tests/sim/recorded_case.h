#pragma once

#include <string>

#include "base/result.h"
#include "sim/verdict_case.h"

namespace gimbal::sim {

/// A bulk flow over a recorded link with the delays of `clean` and a queue of 500 kB; the trace
/// begins anew when it ends. `file`: Mahimahi's stamps, or "t_s,mbit" lines when its name ends with
/// ".csv". The case is called like the file. Errors name the file, and the line where one is at
/// fault.
[[nodiscard]] Result<VerdictCase> recorded_case(const std::string& file);

}  // namespace gimbal::sim
