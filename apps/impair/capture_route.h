#pragma once

#include <string>
#include <vector>

#include "control/backend.h"
#include "emulator.h"

namespace gimbal::impair {

/// `GET` and `POST /api/v1/capture`. A file is named without folder; it lies in the one the
/// configuration names, because who may speak to the server need not be able to write anywhere.
[[nodiscard]] std::vector<ExtraRoute> capture_routes(Emulator& emulator);

/// Counters of the capture for /metrics.
[[nodiscard]] std::vector<ExtraMetric> capture_metrics(const Emulator& emulator);

}  // namespace gimbal::impair
