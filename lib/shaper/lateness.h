#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// How long a gap of the near leg is worth waiting for: as long as the latest original came late
/// within the last 10 to 20 s, and a quarter more. A quantile will not do: at 8,000 segments a
/// second the one in a hundred that comes later would show the sender 80 holes a second
/// (docs/adr/0021). Waiting longer costs nothing but time to notice real losses.
class Lateness {
 public:
  /// An original filled a gap this long after the gap had opened.
  void on_late(Nanos lateness, Instant now) noexcept {
    turn(now);
    highest_[0] = max(highest_[0], lateness);
    count(late_);
  }
  /// A retransmission filled it: nothing was late.
  void on_lost(Instant now) noexcept {
    turn(now);
    count(lost_);
  }
  /// Zero when nothing comes late here, or so seldom beside losses that waiting is in vain.
  [[nodiscard]] Nanos window(Nanos cap) const noexcept {
    const Nanos highest = max(highest_[0], highest_[1]);
    if (late_ * kShare < lost_) return Nanos{};
    return min(late_ < kFew ? highest * 2 : highest * 5 / 4, cap);
  }

 private:
  static constexpr Nanos kEpoch = Nanos::seconds(10);
  static constexpr std::uint32_t kFew = 16;
  static constexpr std::uint32_t kShare = 16;  ///< One late in so many lost is worth waiting for.
  static constexpr std::uint32_t kMemory = 4096;

  void turn(Instant now) noexcept {
    if (now - epoch_ < kEpoch) return;
    const bool stale = now - epoch_ >= kEpoch * 2;
    highest_ = {Nanos{}, stale ? Nanos{} : highest_[0]};
    epoch_ = now;
  }
  void count(std::uint32_t& kind) noexcept {
    if (++kind < kMemory) return;
    late_ /= 2;
    lost_ /= 2;
  }

  std::array<Nanos, 2> highest_{};
  Instant epoch_{};
  std::uint32_t late_{0};
  std::uint32_t lost_{0};
};

}  // namespace gimbal
