#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "emulator_config.h"
#include "impair/emulator_counters.h"

namespace gimbal::impair {

struct ReplayOptions {
  std::string capture;
  std::string truth;                       ///< Truth log to write; empty: none.
  std::string out;                         ///< What left, as pcap; empty: none.
  std::string annotated;                   ///< Both sides with fates, as pcapng; empty: none.
  std::optional<TrafficMatch> hosts_of_a;  ///< See SideRule.
};

struct ReplaySummary {
  std::array<EmulatorCounters, kPortCount> ways{};
  std::uint64_t refused{0};  ///< Frames that found no buffer.
  std::string damage;        ///< Why the capture ended early; empty when it did not.
};

/// Runs the models over a capture in its own time: the same capture, configuration and seed give
/// the same truth log, byte for byte. The timeline runs from the first frame on.
Result<ReplaySummary> replay(const EmulatorConfig& config, const ReplayOptions& options);

}  // namespace gimbal::impair
