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
    judge(silent_ / span_);
    next_block();
  }
  /// ACKs pass unthinned for a while: what the sender does now says nothing.
  void interrupt() noexcept {
    last_ = Instant{};
    next_block();
  }
  [[nodiscard]] bool paced() const noexcept { return paced_; }

 private:
  void next_block() noexcept {
    segments_ = 0;
    span_ = silent_ = Nanos{};
  }
  /// Two round trips, `silent` for so much of the time. The first three tell: later on a window
  /// that is nearly open fills its round trip as well.
  void judge(double silent) noexcept {
    // Below 24 segments a round trip even pacing leaves gaps as long as silence.
    if (segments_ < kDense || blocks_ == kBlocks) return;
    ++blocks_;
    paced_ |= silent < kPaced || (blocks_ == 2 && (silent + first_) / 2 < kPacedTwice);
    if (blocks_ == 1) first_ = static_cast<float>(silent);
  }
  static constexpr std::uint32_t kDense = 48;
  static constexpr std::uint8_t kBlocks = 3;
  // Linux on veth, first three blocks: CUBIC (itself paced at twice its rate in slow start) 0.51 at
  // least on five profiles, 0.57 in the mean of two; BBR 0.40 at most in one of them, or 0.49 in
  // the mean of two. One CUBIC on loss1 was seen under 0.46 (docs/adr/0014).
  static constexpr double kPaced = 0.40;
  static constexpr double kPacedTwice = 0.50;
  static constexpr Nanos kTick = Nanos::millis(2);  ///< Bursts of one pacing timer are no silence.
  static constexpr Nanos kShortestRtt = Nanos::millis(20);

  Instant last_{};
  Nanos span_{};
  Nanos silent_{};
  std::uint32_t segments_{0};
  float first_{0};  ///< Silence of the first block.
  std::uint8_t blocks_{0};
  bool paced_{false};
};

}  // namespace gimbal
