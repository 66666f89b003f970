#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// The highest of what was added in the last `Seconds` to twice as many; `Value{}` for nothing.
template <class Value, std::int64_t Seconds>
class LastingPeak {
 public:
  void add(Value value, Instant now) noexcept {
    if (now - epoch_ >= kEpoch) {
      before_ = now - epoch_ >= kEpoch * 2 ? Value{} : best_;
      best_ = Value{};
      epoch_ = now;
    }
    best_ = std::max(best_, value);
  }
  [[nodiscard]] Value value() const noexcept { return std::max(best_, before_); }

 private:
  static constexpr Nanos kEpoch = Nanos::seconds(Seconds);

  Value best_{};
  Value before_{};
  Instant epoch_{INT64_MIN / 2};
};

}  // namespace gimbal
