#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// The last N durations, for order statistics over a sliding window. Microsecond resolution in 32
/// bits (up to 71 minutes), so that a window stays small enough to live in every judged half-flow.
template <std::size_t N>
class SlidingQuantiles {
  static_assert(N < 256);

 public:
  void add(Nanos value) noexcept {
    values_[next_] = to_word(value);
    next_ = static_cast<std::uint8_t>((next_ + 1) % N);
    if (count_ < N) ++count_;
  }
  void clear() noexcept { count_ = next_ = 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool full() const noexcept { return count_ == N; }

  /// The value a share `q` (0..1) of the window lies at or below. Zero when empty.
  [[nodiscard]] Nanos quantile(double q) const noexcept {
    if (count_ == 0) return Nanos{};
    std::array<std::uint32_t, N> copy;
    std::copy_n(values_.begin(), count_, copy.begin());
    const auto rank = static_cast<std::size_t>(q * static_cast<double>(count_ - 1) + 0.5);
    std::nth_element(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(rank),
                     copy.begin() + static_cast<std::ptrdiff_t>(count_));
    return Nanos::micros(copy[rank]);
  }

 private:
  static std::uint32_t to_word(Nanos value) noexcept {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(value.count() / 1000, 0, UINT32_MAX));
  }
  std::array<std::uint32_t, N> values_{};
  std::uint8_t next_{0};
  std::uint8_t count_{0};
};

}  // namespace gimbal
