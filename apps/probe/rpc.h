#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

/// Small requests and answers over persistent connections, with the sizes of remote procedure calls
/// in a large fleet: Seemakhupt et al., "A Cloud-Scale Characterization of Remote Procedure Calls",
/// SOSP 2023 (medians 1530 and 315 bytes, 99th percentiles 196 and 563 kB).
std::unique_ptr<Workload> make_rpc();
extern const char* const kRpcExamples;

/// Images and prompts upward, a small answer: how long until the answer is there.
std::unique_ptr<Workload> make_uplink();
extern const char* const kUplinkExamples;

}  // namespace gimbal::probe
