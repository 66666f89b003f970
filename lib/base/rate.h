#pragma once

#include <compare>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// A transmission rate in bits per second. Zero means "unlimited" wherever a limit is configured
/// and "unknown" wherever an estimate is reported; each use says which.
class BitRate {
 public:
  constexpr BitRate() noexcept = default;
  explicit constexpr BitRate(std::int64_t bits_per_second) noexcept : bps_{bits_per_second} {}
  static constexpr BitRate from_mbit(double mbit) noexcept {
    return BitRate{static_cast<std::int64_t>(mbit * 1e6)};
  }
  /// The mean rate of `bytes` over `span`; unknown (zero) for an empty span.
  static constexpr BitRate of(std::int64_t bytes, Nanos span) noexcept {
    if (span.count() <= 0) return BitRate{};
    return BitRate{static_cast<std::int64_t>(static_cast<double>(bytes) * 8e9 /
                                             static_cast<double>(span.count()))};
  }

  [[nodiscard]] constexpr std::int64_t bits_per_second() const noexcept { return bps_; }
  [[nodiscard]] constexpr double to_mbit() const noexcept {
    return static_cast<double>(bps_) * 1e-6;
  }
  [[nodiscard]] constexpr bool is_zero() const noexcept { return bps_ == 0; }

  /// Time the rate needs to carry `bytes`; zero for a zero rate.
  [[nodiscard]] constexpr Nanos time_for(std::int64_t bytes) const noexcept {
    if (bps_ <= 0) return Nanos{};
    return Nanos{
        static_cast<std::int64_t>(static_cast<double>(bytes) * 8e9 / static_cast<double>(bps_))};
  }
  /// Bytes the rate carries in `span`.
  [[nodiscard]] constexpr std::int64_t bytes_in(Nanos span) const noexcept {
    return static_cast<std::int64_t>(static_cast<double>(bps_) * span.to_seconds() / 8.0);
  }

  friend constexpr auto operator<=>(BitRate, BitRate) noexcept = default;

 private:
  std::int64_t bps_{0};
};

}  // namespace gimbal
