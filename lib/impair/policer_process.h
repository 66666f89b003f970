#pragma once

#include <cstdint>

#include "base/time.h"
#include "impair/direction_config.h"
#include "impair/service_time.h"

namespace gimbal::impair {

/// A token bucket as the virtual scheduling algorithm (ITU-T I.371): instead of counting tokens it
/// keeps the instant at which the bucket would be full again, so nothing is rounded away. Begins
/// full.
class PolicerProcess {
 public:
  /// True when the frame finds its tokens, which are then spent. `now` must not run backwards.
  [[nodiscard]] bool conforms(std::uint32_t frame_bytes, Instant now,
                              const Policer& policer) noexcept {
    ServiceTime spent = full_at_ <= now ? ServiceTime{} : spent_;
    const Instant full_at = max(full_at_, now) + spent.add(frame_bytes, policer.rate);
    if (full_at - now > ServiceTime{}.add(policer.burst_bytes, policer.rate)) return false;
    full_at_ = full_at;
    spent_ = spent;
    return true;
  }

 private:
  Instant full_at_{};
  ServiceTime spent_{};
};

}  // namespace gimbal::impair
