#pragma once

#include <nlohmann/json.hpp>

#include "stats/flow_row.h"

namespace gimbal {

/// A flow as `GET /api/v1/flows` shows it. Keys carry their unit (`_ms`, `_mbit`, `_bytes`); what
/// was not measured yet is null, never a zero that could be taken for a measurement.
nlohmann::json to_json(const FlowRow& row);

}  // namespace gimbal
