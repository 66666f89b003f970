#pragma once

#include <compare>
#include <cstdint>

namespace gimbal {

/// A span of time in nanoseconds, signed. 64 bits reach 292 years.
class Nanos {
 public:
  constexpr Nanos() noexcept = default;
  explicit constexpr Nanos(std::int64_t ns) noexcept : ns_{ns} {}

  static constexpr Nanos micros(std::int64_t us) noexcept { return Nanos{us * 1'000}; }
  static constexpr Nanos millis(std::int64_t ms) noexcept { return Nanos{ms * 1'000'000}; }
  static constexpr Nanos seconds(std::int64_t s) noexcept { return Nanos{s * 1'000'000'000}; }
  static constexpr Nanos from_ms(double ms) noexcept {
    return Nanos{static_cast<std::int64_t>(ms * 1e6)};
  }
  static constexpr Nanos max() noexcept { return Nanos{INT64_MAX}; }

  [[nodiscard]] constexpr std::int64_t count() const noexcept { return ns_; }
  [[nodiscard]] constexpr double to_ms() const noexcept { return static_cast<double>(ns_) * 1e-6; }
  [[nodiscard]] constexpr double to_us() const noexcept { return static_cast<double>(ns_) * 1e-3; }
  [[nodiscard]] constexpr double to_seconds() const noexcept {
    return static_cast<double>(ns_) * 1e-9;
  }

  friend constexpr auto operator<=>(Nanos, Nanos) noexcept = default;
  friend constexpr Nanos operator+(Nanos a, Nanos b) noexcept { return Nanos{a.ns_ + b.ns_}; }
  friend constexpr Nanos operator-(Nanos a, Nanos b) noexcept { return Nanos{a.ns_ - b.ns_}; }
  friend constexpr Nanos operator-(Nanos a) noexcept { return Nanos{-a.ns_}; }
  friend constexpr Nanos operator*(Nanos a, std::int64_t k) noexcept { return Nanos{a.ns_ * k}; }
  friend constexpr Nanos operator/(Nanos a, std::int64_t k) noexcept { return Nanos{a.ns_ / k}; }
  friend constexpr double operator/(Nanos a, Nanos b) noexcept {
    return static_cast<double>(a.ns_) / static_cast<double>(b.ns_);
  }
  constexpr Nanos& operator+=(Nanos b) noexcept { return ns_ += b.ns_, *this; }
  constexpr Nanos& operator-=(Nanos b) noexcept { return ns_ -= b.ns_, *this; }

  /// Scales by a real factor; the result is truncated to whole nanoseconds.
  [[nodiscard]] constexpr Nanos scaled(double k) const noexcept {
    return Nanos{static_cast<std::int64_t>(static_cast<double>(ns_) * k)};
  }

 private:
  std::int64_t ns_{0};
};

/// A point on the monotonic clock of one run. The zero is arbitrary; `Instant::never()` is later
/// than every real instant and means "no deadline". Nothing below the run loop reads a clock: the
/// current instant arrives as an argument, always called `now`.
class Instant {
 public:
  constexpr Instant() noexcept = default;
  explicit constexpr Instant(std::int64_t ns) noexcept : ns_{ns} {}
  static constexpr Instant never() noexcept { return Instant{INT64_MAX}; }

  [[nodiscard]] constexpr std::int64_t ns() const noexcept { return ns_; }

  friend constexpr auto operator<=>(Instant, Instant) noexcept = default;
  friend constexpr Nanos operator-(Instant a, Instant b) noexcept { return Nanos{a.ns_ - b.ns_}; }
  friend constexpr Instant operator+(Instant a, Nanos d) noexcept {
    return Instant{a.ns_ + d.count()};
  }
  friend constexpr Instant operator-(Instant a, Nanos d) noexcept {
    return Instant{a.ns_ - d.count()};
  }

 private:
  std::int64_t ns_{0};
};

[[nodiscard]] constexpr Nanos min(Nanos a, Nanos b) noexcept { return a < b ? a : b; }
[[nodiscard]] constexpr Nanos max(Nanos a, Nanos b) noexcept { return a < b ? b : a; }
[[nodiscard]] constexpr Instant min(Instant a, Instant b) noexcept { return a < b ? a : b; }
[[nodiscard]] constexpr Instant max(Instant a, Instant b) noexcept { return a < b ? b : a; }

}  // namespace gimbal
