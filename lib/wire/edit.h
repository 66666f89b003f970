#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// Edits in place, each keeping the TCP checksum right incrementally (RFC 1624 eqn. 3). `frame` is
/// the frame `segment` was parsed from; `segment` is brought up to date with the bytes.

/// Writes the raw (unscaled) window field.
void apply_window(std::span<std::byte> frame, Segment& segment, std::uint16_t window) noexcept;

/// Overwrites the SACK option with NOPs: same length, no blocks shown. No-op when there is none.
void apply_sack_removal(std::span<std::byte> frame, Segment& segment) noexcept;

/// Overwrites the acknowledgment number.
void apply_ack(std::span<std::byte> frame, Segment& segment, Seq32 ack) noexcept;

/// Overwrites TSecr of the timestamps option. No-op when there is none.
void apply_timestamp_echo(std::span<std::byte> frame, Segment& segment,
                          std::uint32_t echo) noexcept;

}  // namespace gimbal
