#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

/// Parallel reads that gate one step: a small request on every connection, an answer of --bytes on
/// each, and the round ends with the last answer. Keeps the connections over all rounds, as an
/// inference client does.
std::unique_ptr<Workload> make_barrier();

extern const char* const kBarrierExamples;

}  // namespace gimbal::probe
