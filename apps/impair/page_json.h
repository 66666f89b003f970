#pragma once

#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "emulator_page.h"

namespace gimbal::impair {

/// `uptime_s`, `a_to_b`, `b_to_a` and `release_precision_us` of `GET /api/v1/status`.
nlohmann::json describe(const EmulatorPage& page);

/// The same for a person, a few lines, printed at the end of a run.
std::string summarise(const EmulatorPage& page);

/// `GET /api/v1/histogram`: counts by delay and by lateness, in microseconds.
nlohmann::json describe_histograms(const EmulatorPage& page);

/// The lines about the packets of both directions.
std::string summarise(const std::array<EmulatorCounters, kPortCount>& ways);

}  // namespace gimbal::impair
