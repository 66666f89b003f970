#pragma once

#include <bit>
#include <cstdint>

namespace gimbal {

/// An integer stored in network byte order. Construction from and conversion to the host order are
/// explicit, so a forgotten swap does not compile. Never add an implicit conversion: it would make
/// `header.port == 443` compile and be wrong.
template <class T>
class BigEndian {
 public:
  constexpr BigEndian() noexcept = default;
  explicit constexpr BigEndian(T host) noexcept : raw_{swap(host)} {}

  [[nodiscard]] constexpr T value() const noexcept { return swap(raw_); }
  /// The bytes as they lie in memory, reinterpreted: for hashing and checksum arithmetic only.
  [[nodiscard]] constexpr T raw() const noexcept { return raw_; }

  friend constexpr bool operator==(BigEndian, BigEndian) noexcept = default;

 private:
  static constexpr T swap(T v) noexcept {
    if constexpr (std::endian::native == std::endian::big) return v;
    if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(v));
    if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(v));
    if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(v));
  }
  T raw_{};
};

using be16 = BigEndian<std::uint16_t>;
using be32 = BigEndian<std::uint32_t>;

static_assert(sizeof(be16) == 2 && sizeof(be32) == 4);
static_assert(be16{0x1234}.value() == 0x1234);

}  // namespace gimbal
