#pragma once

#include "base/time.h"

namespace gimbal::sim {

/// Smoothed round-trip time and timeout as Linux computes them: RFC 6298 with the variance term
/// floored at 200 ms, so a delay spike below that never times out.
class RttEstimator {
 public:
  /// `newest` bounds the minimum: the sample of the last segment an ACK covers carries no delay of
  /// the acknowledgment.
  void observe(Nanos rtt, Nanos newest) noexcept {
    if (srtt_ == Nanos{}) {
      srtt_ = rtt;
      variance_ = rtt / 2;
    } else {
      const Nanos error = rtt - srtt_;
      srtt_ += error / 8;
      variance_ += ((error < Nanos{} ? -error : error) - variance_) / 4;
    }
    // A minimum over 300 s (tcp_min_rtt_wlen); runs are shorter, so plain.
    min_ = gimbal::min(min_, newest);
  }

  [[nodiscard]] bool known() const noexcept { return srtt_ != Nanos{}; }
  [[nodiscard]] Nanos smoothed() const noexcept { return srtt_; }
  /// Nanos::max() before the first sample.
  [[nodiscard]] Nanos minimum() const noexcept { return min_; }
  [[nodiscard]] Nanos timeout() const noexcept {
    if (!known()) return Nanos::seconds(1);
    return min(srtt_ + max(variance_ * 4, Nanos::millis(200)), Nanos::seconds(120));
  }

 private:
  Nanos srtt_{};
  Nanos variance_{};
  Nanos min_{Nanos::max()};
};

}  // namespace gimbal::sim
