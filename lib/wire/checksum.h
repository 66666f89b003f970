#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// One's-complement sum of 16-bit words folded to 16 bits, not complemented (RFC 1071), in the byte
/// order it has in memory. `initial` lets sums be chained. An odd trailing byte is padded with
/// zero.
[[nodiscard]] std::uint16_t checksum_sum(std::span<const std::byte> bytes,
                                         std::uint32_t initial = 0) noexcept;

/// The checksum field after a 16-bit word changed from `before` to `after`: RFC 1624 eqn. 3,
/// HC' = ~(~HC + ~m + m'). All three in the byte order they have in memory.
[[nodiscard]] std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t before,
                                            std::uint16_t after) noexcept;

/// True when the TCP checksum over pseudo header, header and payload holds.
[[nodiscard]] bool tcp_checksum_ok(std::span<const std::byte> frame,
                                   const Segment& segment) noexcept;
/// Computes and writes it. For frames built here (tests, simulator).
void write_tcp_checksum(std::span<std::byte> frame, const Segment& segment) noexcept;

}  // namespace gimbal
