#pragma once

#include <nlohmann/json.hpp>

#include "config/json_reader.h"
#include "impair/direction_config.h"

namespace gimbal::impair {

/// Reads one of `a_to_b`, `b_to_a`; fails through its reader.
DirectionConfig read_direction(const JsonReader& in);

/// The same as JSON, defaults spelled out; reading it gives the value again.
nlohmann::json describe(const DirectionConfig& config);

}  // namespace gimbal::impair
