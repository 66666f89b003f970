#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/endian.h"

namespace gimbal {

/// Unaligned access to fields in network order, and to 16-bit words as they lie in memory (for
/// checksum arithmetic, which does not care about the order as long as it is one). No checks: the
/// caller has made sure that the bytes are there.

[[nodiscard]] inline std::uint8_t load_u8(const std::byte* at) noexcept {
  return std::to_integer<std::uint8_t>(*at);
}
[[nodiscard]] inline std::uint16_t load_raw16(const std::byte* at) noexcept {
  std::uint16_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}
[[nodiscard]] inline std::uint16_t load_be16(const std::byte* at) noexcept {
  be16 word;
  std::memcpy(&word, at, sizeof(word));
  return word.value();
}
[[nodiscard]] inline std::uint32_t load_be32(const std::byte* at) noexcept {
  be32 word;
  std::memcpy(&word, at, sizeof(word));
  return word.value();
}

inline void store_u8(std::byte* at, unsigned value) noexcept {
  *at = static_cast<std::byte>(value);
}
inline void store_raw16(std::byte* at, std::uint16_t word) noexcept {
  std::memcpy(at, &word, sizeof(word));
}
inline void store_be16(std::byte* at, std::uint16_t value) noexcept {
  const be16 word{value};
  std::memcpy(at, &word, sizeof(word));
}
inline void store_be32(std::byte* at, std::uint32_t value) noexcept {
  const be32 word{value};
  std::memcpy(at, &word, sizeof(word));
}

}  // namespace gimbal
