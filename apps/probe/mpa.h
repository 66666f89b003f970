#pragma once

#include <memory>

#include "probe/workload.h"

namespace gimbal::probe {

extern const char* const kMpaExamples;

/// iWARP-shaped messages: requests and answers in FPDUs of RFC 5044 over TCP.
std::unique_ptr<Workload> make_mpa();

}  // namespace gimbal::probe
