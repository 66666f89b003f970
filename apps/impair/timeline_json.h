#pragma once

#include "config/json_reader.h"
#include "model_store.h"
#include "timeline.h"

namespace gimbal::impair {

/// Reads `timeline` and `timeline_repeat_s` of `document`, whose own directions are in force before
/// the first step. Each step is a merge patch on what the one before it left, and what comes out is
/// checked like a file; errors name the path in the step.
Timeline read_timeline(const JsonReader& document, ModelStore& store);

}  // namespace gimbal::impair
