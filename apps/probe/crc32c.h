#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gimbal::probe {

/// CRC32c (Castagnoli, reflected, as iSCSI and MPA use it: RFC 3720 12.1, RFC 5044 4.4) of `bytes`
/// that follow bytes whose CRC is `before`; 0 before the first. On the wire the value stands least
/// significant byte first. By the processor's instruction where it has one.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes,
                                   std::uint32_t before = 0) noexcept;

/// The same by tables, eight bytes a step, on any processor.
[[nodiscard]] std::uint32_t crc32c_by_table(std::span<const std::byte> bytes,
                                            std::uint32_t before = 0) noexcept;

}  // namespace gimbal::probe
