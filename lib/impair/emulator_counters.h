#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "impair/direction.h"

namespace gimbal::impair {

/// Of the packets that arrived on one port. At every instant between two calls of the core,
/// received + duplicated = transmitted + held + dropped, cause by cause.
struct EmulatorCounters {
  std::uint64_t received{0};
  std::uint64_t received_bytes{0};
  std::uint64_t transmitted{0};
  std::uint64_t transmitted_bytes{0};
  std::uint64_t held{0};  ///< Accepted, on their way.
  std::uint64_t backlog_bytes{0};
  std::uint64_t transmit_retries{0};  ///< Times the other port took less than it was offered.
  std::uint64_t duplicated{0};        ///< Copies made.
  std::uint64_t corrupted{0};         ///< Packets with flipped bits.
  std::uint64_t marked{0};            ///< Packets marked Congestion Experienced.
  std::array<std::uint64_t, DirectionConfig::kMostClasses + 1> by_lane{};  ///< Received, by lane.
  std::array<std::uint64_t, kDropCauseCount> dropped{};  ///< Index: DropCause; [none] stays 0.
};

}  // namespace gimbal::impair
