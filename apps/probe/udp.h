#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

extern const char* const kUdpExamples;

/// Paced datagrams both ways: jitter, loss, order, delay variation, round trip.
std::unique_ptr<Workload> make_udp();

}  // namespace gimbal::probe
