#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Recognises jitter that keeps the order: data that was sent at once comes in clumps with jumps
/// between them. One late segment holds up all behind it, and they arrive together. A slow link
/// spaces what it carries evenly, a full queue moves the delay smoothly, and a pause of the sender
/// shows in its TSval; an outage jumps too, but seldom.
class NearClumps {
 public:
  /// New data, stamped `ts_value`; the timestamp clock ticks every millisecond or more seldom.
  void on_data(std::uint32_t ts_value, Instant now) noexcept {
    const Nanos gap = now - arrived_at_;
    const auto ticks = static_cast<std::int32_t>(ts_value - stamp_);
    arrived_at_ = now;
    stamp_ = ts_value;
    if (now - halved_at_ > kMemory) {
      jumps_ = static_cast<std::uint16_t>(jumps_ / 2);
      halved_at_ = now;
    }
    // What follows on the heels of a jump waited for the same late segment.
    if (jump_ > Nanos{} && gap < jump_ / kClose) ++jumps_;
    const Nanos late = gap - kTick * ticks;
    jump_ = ticks >= 0 && late > kLeast && late < kOutage ? late : Nanos{};
  }
  [[nodiscard]] bool shaken() const noexcept { return jumps_ >= kEnough; }

 private:
  static constexpr Nanos kLeast = Nanos::millis(3);    ///< From here HyStart minds: 4 to 16 ms.
  static constexpr Nanos kOutage = Nanos::millis(60);  ///< Longer is no jitter.
  static constexpr Nanos kMemory = Nanos::millis(250);
  static constexpr std::int64_t kClose = 8;
  static constexpr Nanos kTick = Nanos::millis(1);  ///< Of most senders' clocks; few are slower.
  static constexpr std::uint16_t kEnough = 2;

  Instant arrived_at_{INT64_MIN / 2};
  Instant halved_at_{INT64_MIN / 2};
  Nanos jump_{};  ///< The last gap, if it was one.
  std::uint32_t stamp_{0};
  std::uint16_t jumps_{0};
};

}  // namespace gimbal
