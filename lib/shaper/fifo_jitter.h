#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Notices jitter that keeps the order of packets, before it has cost the sender its slow start:
/// segments sent together come in tight clumps with jumps between them. A slow link spaces them
/// evenly, a pausing sender stamps them later; neither looks so.
class FifoJitter {
 public:
  /// New data came, stamped `ts_value` by a clock of ticks no shorter than a millisecond.
  void on_data(std::uint32_t ts_value, Instant now) noexcept {
    const Nanos came = now - last_at_;
    const auto ticks = static_cast<std::int32_t>(ts_value - last_ts_);
    const bool first = last_at_ == Instant{INT64_MIN / 2};
    last_at_ = now;
    last_ts_ = ts_value;
    if (first || ticks < 0) return;
    if (came < kTight) ++tight_;
    if (came - Nanos::millis(ticks + 1) > kJump) ++jumps_;
    if (tight_ + jumps_ < kMemory) return;
    tight_ /= 2;
    jumps_ /= 2;
  }
  [[nodiscard]] bool seen() const noexcept { return jumps_ >= kFew && tight_ >= 2 * jumps_; }

 private:
  static constexpr Nanos kTight = Nanos::micros(500);
  static constexpr Nanos kJump = Nanos::millis(3);
  static constexpr std::uint32_t kFew = 2;
  static constexpr std::uint32_t kMemory = 256;

  Instant last_at_{INT64_MIN / 2};
  std::uint32_t last_ts_{0};
  std::uint32_t tight_{0};
  std::uint32_t jumps_{0};
};

}  // namespace gimbal
