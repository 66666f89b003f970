#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

/// Flows as fast as they go: for --seconds, or until --total bytes of each have arrived. The result
/// holds goodput_mbit over all flows, retransmitted, rtt_ms (mean of samples), verified, complete,
/// and per flow `sender` and `receiver` traces every 100 ms. The far end's trace comes over a
/// connection of its own once the flow has ended.
std::unique_ptr<Workload> make_bulk();

extern const char* const kBulkExamples;

}  // namespace gimbal::probe
