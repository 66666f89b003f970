#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// The round trip as the sender's stack sees it through us, and so its retransmission time-out
/// (RFC 6298 with Linux's 200 ms floor on the variation term).
class SenderView {
 public:
  /// An ACK shown at `now` covered data that reached us at `arrived`; `near_rtt` is the sender's
  /// own leg.
  void on_shown(Nanos since_arrival, Nanos near_rtt) noexcept {
    const Nanos rtt = since_arrival + near_rtt;
    if (smoothed_ == Nanos{}) {
      smoothed_ = rtt;
      variation_ = rtt / 2;
      return;
    }
    const Nanos off = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
    variation_ = variation_ + (off - variation_) / 4;
    smoothed_ = smoothed_ + (rtt - smoothed_) / 8;
  }
  [[nodiscard]] Nanos smoothed() const noexcept { return smoothed_; }
  [[nodiscard]] Nanos timeout(Nanos least_margin) const noexcept {
    return smoothed_ + max(variation_ * 4, least_margin);
  }

 private:
  Nanos smoothed_{};
  Nanos variation_{};
};

}  // namespace gimbal
