#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "impair/direction.h"

namespace gimbal::impair {

/// Of the packets that arrived on one port. At every instant between two calls of the core,
/// received = transmitted + held + dropped, cause by cause.
struct EmulatorCounters {
  std::uint64_t received{0};
  std::uint64_t received_bytes{0};
  std::uint64_t transmitted{0};
  std::uint64_t transmitted_bytes{0};
  std::uint64_t held{0};  ///< Accepted, on their way.
  std::uint64_t backlog_bytes{0};
  std::uint64_t transmit_retries{0};  ///< Times the other port took less than it was offered.
  std::array<std::uint64_t, kDropCauseCount> dropped{};  ///< Index: DropCause; [none] stays 0.
};

}  // namespace gimbal::impair
