#pragma once

#include <algorithm>
#include <cstdint>

#include "base/rate.h"

namespace gimbal {

/// The best delivery rate of the last kRounds to 2 * kRounds rounds: what the bottleneck lets
/// through when there is enough to carry.
class RatePeak {
 public:
  void add(BitRate rate) noexcept {
    best_ = std::max(best_, static_cast<float>(rate.bits_per_second()));
  }
  void close_round() noexcept {
    if (++rounds_ < kRounds) return;
    rounds_ = 0;
    before_ = best_;
    best_ = 0;
  }
  /// Zero: unknown.
  [[nodiscard]] BitRate value() const noexcept {
    return BitRate{static_cast<std::int64_t>(std::max(best_, before_))};
  }

 private:
  static constexpr std::uint8_t kRounds = 8;

  // Bits per second. A flow's state is memory times a million: seven digits are enough.
  float best_{0};
  float before_{0};
  std::uint8_t rounds_{0};
};

}  // namespace gimbal
