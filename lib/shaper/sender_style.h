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
  /// A new segment came while ACKs were being thinned; `rtt` as the sender sees it, `room` the
  /// bytes the shown window leaves it after this segment.
  void on_data(Nanos rtt, std::int32_t room, Instant now) noexcept {
    const Nanos gap = now - last_;
    const bool first = last_ == Instant{};
    last_ = now;
    if (first || rtt < kShortestRtt) return;
    span_ = span_ + gap;
    ++segments_;
    if (gap > max(kTick, rtt / 16)) (was_held_ ? held_ : silent_) += gap;
    was_held_ = room < kHeld;
    if (span_ < rtt * 2) return;
    // Below 24 segments a round trip even pacing leaves gaps as long as silence. A window clocked
    // by few ACKs is silent for nine tenths of the time until it is past the pipe, and then it says
    // nothing; jitter lets a model stutter for half of it.
    if (segments_ >= kDense && held_ < span_ / 4) {
      const double silent = silent_ / (span_ - held_);
      paced_ = !clocked_ && silent < kPaced;
      clocked_ |= silent > kClocked;
    }
    segments_ = 0;
    span_ = silent_ = held_ = Nanos{};
  }
  [[nodiscard]] bool paced() const noexcept { return paced_; }

 private:
  static constexpr Nanos kTick = Nanos::millis(2);  ///< Bursts of one pacing timer are no silence.
  static constexpr Nanos kShortestRtt = Nanos::millis(20);
  static constexpr std::uint32_t kDense = 48;
  static constexpr double kPaced = 0.7;
  static constexpr double kClocked = 0.85;
  static constexpr std::int32_t kHeld = 3000;  ///< Bytes of window; less than two segments.

  Instant last_{};
  Nanos span_{};
  Nanos silent_{};
  Nanos held_{};  ///< Silent because the shown window was spent.
  std::uint32_t segments_{0};
  bool was_held_{false};
  bool paced_{false};
  bool clocked_{false};  ///< Settled: its window is what drives it.
};

}  // namespace gimbal
