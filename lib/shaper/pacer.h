#pragma once

#include <cstdint>

#include "base/rate.h"
#include "base/time.h"

namespace gimbal {

/// When the next frame may leave so that a rate is kept. Counts frame bytes, as the link does: a
/// rate modelled in payload but spent in frames loses a few percent every round until nothing is
/// left (docs/adr/0005, trap 1).
class Pacer {
 public:
  /// Time not used may be caught up to this much: one worker wake-up, so that coarse polling does
  /// not cost rate.
  static constexpr Nanos kCatchUp = Nanos::millis(1);

  void set_rate(BitRate rate) noexcept { rate_ = rate; }
  [[nodiscard]] BitRate rate() const noexcept { return rate_; }
  [[nodiscard]] bool may_send(Instant now) const noexcept { return next_ <= now; }
  [[nodiscard]] Instant next() const noexcept { return next_; }
  void on_sent(std::uint32_t frame_bytes, Instant now) noexcept {
    next_ = max(next_, now - kCatchUp) + rate_.time_for(frame_bytes);
  }

 private:
  BitRate rate_{};
  Instant next_{};
};

}  // namespace gimbal
