#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// Bytes a pure acknowledgment of any kind takes at most: link header, one tag, IPv6, TCP with all
/// its options.
inline constexpr std::size_t kMaxPureAck = 14 + 4 + 40 + 60;

/// Writes into `out` a pure acknowledgment that says what `frame` says with other SACK blocks:
/// headers, numbers, window and every other option as they are, payload and PSH or FIN left out.
/// `segment` is what `frame` was parsed as. As many of `blocks` as the 40 option bytes hold are
/// shown, in order (RFC 2018 3: three beside timestamps, four alone); none removes the option.
/// Returns the length written; 0 when `out` is too small or not even one block fits.
[[nodiscard]] std::size_t write_ack_with_sack(std::span<std::byte> out,
                                              std::span<const std::byte> frame,
                                              const Segment& segment,
                                              std::span<const SackBlock> blocks) noexcept;

}  // namespace gimbal
