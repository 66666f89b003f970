#pragma once

#include <array>
#include <cstdint>

#include "impair/emulator_counters.h"
#include "impair/span_histogram.h"
#include "packet/packet.h"

namespace gimbal::impair {

/// What the worker tells the control thread.
struct EmulatorPage {
  std::array<EmulatorCounters, kPortCount> ways{};  ///< By the port a packet arrives on.
  std::array<SpanHistogram, kPortCount> transit{};  ///< Delay decided on, by the same.
  SpanHistogram lateness{};
  std::int64_t uptime_ns{0};
};

}  // namespace gimbal::impair
