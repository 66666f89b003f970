#pragma once

#include <algorithm>

#include "base/time.h"

namespace gimbal {

/// The highest of what was added in the last 5 to 10 s.
class LastingPeak {
 public:
  void add(double value, Instant now) noexcept {
    if (now - epoch_ >= kEpoch) {
      before_ = now - epoch_ >= kEpoch * 2 ? 0 : best_;
      best_ = 0;
      epoch_ = now;
    }
    best_ = std::max(best_, value);
  }
  /// Zero: nothing was added.
  [[nodiscard]] double value() const noexcept { return std::max(best_, before_); }

 private:
  static constexpr Nanos kEpoch = Nanos::seconds(5);

  double best_{0};
  double before_{0};
  Instant epoch_{INT64_MIN / 2};
};

}  // namespace gimbal
