#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "impair/truth_log.h"

namespace gimbal::impair {

/// What one direction did to its packets, from the truth log.
struct DirectionSummary {
  std::uint64_t packets{0};
  std::uint64_t bytes{0};
  std::array<std::uint64_t, kDropCauseCount> by_cause{};  ///< Index: DropCause; [none] is carried.
  std::uint32_t backlog_max{0};
  // Delay from arrival to release, over the packets carried.
  Nanos delay_min{};
  Nanos delay_mean{};
  Nanos delay_p50{};
  Nanos delay_p90{};
  Nanos delay_p99{};
  Nanos delay_p999{};
  Nanos delay_max{};
  /// Packets that leave after one that arrived later (RFC 4737 3.3), and the greatest number of
  /// positions any of them was late (its extent, RFC 4737 4.2.2).
  std::uint64_t reordered{0};
  std::uint64_t extent_max{0};
};

/// Gathers records in file order; `summarise` may be called once they are all in. Keeps 16 bytes
/// per carried packet.
class TruthSummary {
 public:
  void add(const TruthRecord& record);
  [[nodiscard]] DirectionSummary summarise(PortId from) const;
  /// Records no version of the emulator writes (unknown port or cause): a damaged file.
  [[nodiscard]] std::uint64_t damaged() const noexcept { return damaged_; }

 private:
  struct Carried {
    std::int64_t enqueued;
    std::int64_t released;
  };
  struct OneWay {
    DirectionSummary counts;
    std::vector<Carried> carried;
  };
  std::array<OneWay, kPortCount> ways_;
  std::uint64_t damaged_{0};
};

}  // namespace gimbal::impair
