#pragma once

#include <nlohmann/json.hpp>

#include "config/json_reader.h"
#include "impair/direction_config.h"
#include "model_store.h"

namespace gimbal::impair {

/// Reads one of `a_to_b`, `b_to_a`; fails through its reader. What it points to lives in `store`.
DirectionConfig read_direction(const JsonReader& in, ModelStore& store);

/// `document`, which `config` was read from, with the defaults of the plain models spelled out;
/// reading it gives the value again.
nlohmann::json describe(const DirectionConfig& config, const nlohmann::json& document);

}  // namespace gimbal::impair
