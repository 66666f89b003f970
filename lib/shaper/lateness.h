#pragma once

#include <cstdint>

#include "base/time.h"
#include "shaper/lasting_peak.h"

namespace gimbal {

/// How long a gap of the near leg is worth waiting for: as long as the latest original came late
/// within the last 10 to 20 s, and a quarter more. A quantile will not do: at 8,000 segments a
/// second the one in a hundred that comes later would show the sender 80 holes a second
/// (docs/adr/0021). Waiting longer costs nothing but time to notice real losses.
class Lateness {
 public:
  /// An original filled a gap this long after the gap had opened.
  void on_late(Nanos lateness, Instant now) noexcept {
    highest_.add(lateness, now);
    count(late_);
  }
  /// A retransmission filled it: nothing was late.
  void on_lost(Instant now) noexcept {
    highest_.add(Nanos{}, now);
    count(lost_);
  }
  /// Zero when nothing comes late here, or so seldom beside losses that waiting is in vain.
  [[nodiscard]] Nanos window(Nanos cap) const noexcept {
    const Nanos highest = highest_.value();
    if (late_ * kShare < lost_) return Nanos{};
    return min(late_ < kFew ? highest * 2 : highest * 5 / 4, cap);
  }

 private:
  static constexpr std::uint32_t kFew = 16;
  static constexpr std::uint32_t kShare = 16;  ///< One late in so many lost is worth waiting for.
  static constexpr std::uint32_t kMemory = 4096;

  void count(std::uint32_t& kind) noexcept {
    if (++kind < kMemory) return;
    late_ /= 2;
    lost_ /= 2;
  }

  LastingPeak<Nanos, 10> highest_;
  std::uint32_t late_{0};
  std::uint32_t lost_{0};
};

}  // namespace gimbal
