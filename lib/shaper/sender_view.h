#pragma once

#include "base/time.h"

namespace gimbal {

/// The round trip as the sender's stack measures it through us, and so its retransmission time-out.
/// The estimator is the one Linux runs (tcp_rtt_estimator): RFC 6298 gains, but the deviation rises
/// at once and sinks by a quarter of the gap once per round trip, never below TCP_RTO_MIN; the
/// sample of an ACK is that of the oldest segment it covers. Other stacks wait longer, not shorter.
class SenderView {
 public:
  /// The handshake's round trip: what the sender starts from.
  void begin(Nanos rtt) noexcept {
    if (rtt <= Nanos{} || smoothed_ > Nanos{}) return;
    smoothed_ = rtt;
    deviation_ = rtt * 2;
    bound_ = deviation_;
  }
  /// An ACK shown at `now` whose oldest newly covered segment took `rtt`, near leg included.
  void on_shown(Nanos rtt, Nanos least_margin, Instant now) noexcept {
    if (smoothed_ == Nanos{}) return begin(rtt);
    Nanos error = rtt - smoothed_;
    smoothed_ = smoothed_ + error / 8;
    if (error < Nanos{}) {
      // A fall in round trip must not read as variation: an eighth of the usual gain.
      error = -error - deviation_ / 4;
      if (error > Nanos{}) error = error / 8;
    } else {
      error = error - deviation_ / 4;
    }
    deviation_ += error;
    highest_ = max(highest_, deviation_);
    bound_ = max(bound_, highest_);
    if (now - round_start_ < smoothed_) return;
    if (highest_ < bound_) bound_ = bound_ - (bound_ - highest_) / 4;
    highest_ = least_margin;
    round_start_ = now;
  }
  [[nodiscard]] Nanos smoothed() const noexcept { return smoothed_; }
  [[nodiscard]] Nanos timeout(Nanos least_margin) const noexcept {
    return smoothed_ + max(bound_, least_margin);
  }

 private:
  Nanos smoothed_{};
  Nanos deviation_{};  ///< Four times the mean deviation.
  Nanos highest_{};    ///< Of deviation_ in this round.
  Nanos bound_{};
  Instant round_start_{};
};

}  // namespace gimbal
