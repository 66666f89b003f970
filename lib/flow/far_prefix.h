#pragma once

#include <cstdint>

#include "wire/address.h"

namespace gimbal {

/// The neighbourhood of a far host: its /24 (IPv4) or /48 (IPv6), in its VLAN. Hosts of one such
/// prefix usually share the way to them (RFC 9040 2 shares by host or subnet in the same belief).
struct FarPrefix {
  std::uint64_t word{0};  ///< 0: none.

  friend constexpr bool operator==(FarPrefix, FarPrefix) noexcept = default;
};

[[nodiscard]] constexpr FarPrefix far_prefix(const IpAddress& address,
                                             std::uint16_t vlan) noexcept {
  const bool v4 = address.is_v4();
  const std::size_t first = v4 ? 12 : 0;
  const std::size_t count = v4 ? 3 : 6;
  // Kind and VLAN (12 bits) above the 48 bits of address: never 0.
  std::uint64_t word = (v4 ? 3ULL : 2ULL) << 60 | std::uint64_t{vlan & 0xfffU} << 48;
  for (std::size_t i = 0; i < count; ++i)
    word |= std::uint64_t{address.bytes[first + i]} << (40 - 8 * i);
  return FarPrefix{word};
}

}  // namespace gimbal
