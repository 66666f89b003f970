#pragma once

#include <string>

#include "control/backend.h"

namespace gimbal {

/// The Prometheus text exposition (version 0.0.4) of everything `backend` counts:
/// gimbal_packets_total{fate,worker}, gimbal_port_{received,sent}_{packets,bytes}_total{port},
/// gimbal_<counter>_total{worker}, gauges without `_total`, gimbal_build_info, gimbal_ready, and
/// the program's extra metrics.
std::string serialize_metrics(const Backend& backend);

}  // namespace gimbal
