#pragma once

#include <cstdint>

namespace gimbal {

/// A TCP sequence or acknowledgment number: a point on a circle of 2^32 (RFC 9293 3.4).
///
/// Order is only meaningful between numbers less than 2^31 apart, so `a < b` means "a is behind b
/// on the shorter arc". It is not transitive over the whole circle: never sort with it.
class Seq32 {
 public:
  constexpr Seq32() noexcept = default;
  explicit constexpr Seq32(std::uint32_t raw) noexcept : raw_{raw} {}

  [[nodiscard]] constexpr std::uint32_t raw() const noexcept { return raw_; }

  friend constexpr Seq32 operator+(Seq32 a, std::uint32_t n) noexcept { return Seq32{a.raw_ + n}; }
  friend constexpr Seq32 operator-(Seq32 a, std::uint32_t n) noexcept { return Seq32{a.raw_ - n}; }
  constexpr Seq32& operator+=(std::uint32_t n) noexcept { return raw_ += n, *this; }

  /// Signed distance from `b` to `a`: positive when `a` is ahead.
  friend constexpr std::int32_t operator-(Seq32 a, Seq32 b) noexcept {
    return static_cast<std::int32_t>(a.raw_ - b.raw_);
  }

  friend constexpr bool operator==(Seq32, Seq32) noexcept = default;
  friend constexpr bool operator<(Seq32 a, Seq32 b) noexcept { return a - b < 0; }
  friend constexpr bool operator>(Seq32 a, Seq32 b) noexcept { return a - b > 0; }
  friend constexpr bool operator<=(Seq32 a, Seq32 b) noexcept { return a - b <= 0; }
  friend constexpr bool operator>=(Seq32 a, Seq32 b) noexcept { return a - b >= 0; }

 private:
  std::uint32_t raw_{0};
};

[[nodiscard]] constexpr Seq32 max(Seq32 a, Seq32 b) noexcept { return a < b ? b : a; }
[[nodiscard]] constexpr Seq32 min(Seq32 a, Seq32 b) noexcept { return b < a ? b : a; }

static_assert(Seq32{0xffff'fff0} + 0x20 == Seq32{0x10});
static_assert(Seq32{0xffff'fff0} < Seq32{0x10});
static_assert(Seq32{0x10} - Seq32{0xffff'fff0} == 0x20);

}  // namespace gimbal
