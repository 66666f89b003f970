#pragma once

#include <algorithm>
#include <cstdint>

#include "base/rate.h"
#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// Spaces what is acknowledged: a large jump (a hole that filled, a train of compressed ACKs) is
/// shown in steps of a few segments at the rate the path delivers, so that a window-clocked sender
/// answers with a stream in place of a burst. Only true numbers are shown, only later.
class AckSteps {
 public:
  static constexpr std::uint32_t kSegments = 4;
  /// Time not used may be caught up to this much: one worker wake-up.
  static constexpr Nanos kCatchUp = Nanos::millis(1);

  /// Where an acknowledgment of `ack` may be shown up to now, `shown` being what the sender knows;
  /// `shown` itself while the next step is not due. All of it while the rate is unknown.
  [[nodiscard]] Seq32 upto(Seq32 shown, Seq32 ack, std::uint32_t mss, BitRate rate,
                           Instant now) const noexcept {
    if (rate.is_zero()) return ack;
    if (now < next_) return shown;
    return min(ack, shown + kSegments * mss);
  }
  /// `bytes` were shown. The whole `backlog` must be gone within `budget`, whatever the rate.
  void on_shown(std::uint32_t bytes, std::uint32_t backlog, BitRate rate, Nanos budget,
                Instant now) noexcept {
    if (rate.is_zero()) return;
    const BitRate least = BitRate::of(static_cast<std::int64_t>(backlog), max(budget, kCatchUp));
    next_ = max(next_, now - kCatchUp) + std::max(rate, least).time_for(bytes);
  }
  [[nodiscard]] Instant next() const noexcept { return next_; }

 private:
  Instant next_{};
};

}  // namespace gimbal
