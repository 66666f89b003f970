#pragma once

#include "base/time.h"

namespace gimbal {

/// How a window that jitter no longer hurts treats neighbours that it still hurts. While the floor
/// stands above its base somebody waits in a queue, and we can afford to step back: we fill what
/// the others leave. If stepping back brings no relief for long, they are not the ones hurt, and we
/// compete for a while as CUBIC would (docs/adr/0013).
class Courtesy {
 public:
  /// A round closed. True when the window should shrink a little.
  [[nodiscard]] bool step_back(bool raised, Instant now) noexcept {
    if (!raised) {
      if (++quiet_ >= kRelief) raised_since_ = Instant::never();
      return false;
    }
    quiet_ = 0;
    if (raised_since_ == Instant::never()) raised_since_ = now;
    if (now < compete_until_) return false;
    if (now - raised_since_ < kPatience) return true;
    compete_until_ = now + kCompete;
    raised_since_ = now + kCompete;
    return false;
  }
  /// Growth is CUBIC's own business while we compete, and while nobody waits.
  [[nodiscard]] bool may_grow(bool raised, Instant now) const noexcept {
    return !raised || now < compete_until_;
  }

 private:
  static constexpr int kRelief = 2;  ///< Quiet rounds that count as relief.
  static constexpr Nanos kPatience = Nanos::seconds(3);
  static constexpr Nanos kCompete = Nanos::seconds(3);

  Instant raised_since_{Instant::never()};
  Instant compete_until_{INT64_MIN};
  int quiet_{0};
};

}  // namespace gimbal
