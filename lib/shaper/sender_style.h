#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Tells a sender that paces itself by a model of the path (BBR) from one that its window clocks.
/// While ACKs are thinned the latter answers each with a burst and is silent until the next; the
/// former sends on evenly whatever its ACKs do. It does not take jitter or stray loss for
/// congestion, so a second controller in front of it could only cost it rate.
class SenderStyle {
 public:
  void begin() noexcept { *this = SenderStyle{}; }
  /// A new segment came while ACKs were being thinned; `rtt` as the sender sees it.
  void on_data(Nanos rtt, Instant now) noexcept {
    const Nanos gap = now - last_;
    const bool first = last_ == Instant{};
    last_ = now;
    if (first || rtt < kShortestRtt) return;
    span_ = span_ + gap;
    ++segments_;
    if (gap > max(kTick, rtt / 16)) silent_ = silent_ + gap;
    if (span_ < rtt * 2) return;
    // Below 24 segments a round trip even pacing leaves gaps as long as silence.
    const bool dense = segments_ >= 48;
    paced_ = dense && silent_ < span_ / 4;
    segments_ = 0;
    span_ = silent_ = Nanos{};
  }
  [[nodiscard]] bool paced() const noexcept { return paced_; }

 private:
  static constexpr Nanos kTick = Nanos::millis(2);  ///< Bursts of one pacing timer are no silence.
  static constexpr Nanos kShortestRtt = Nanos::millis(20);

  Instant last_{};
  Nanos span_{};
  Nanos silent_{};
  std::uint32_t segments_{0};
  bool paced_{false};
};

}  // namespace gimbal
