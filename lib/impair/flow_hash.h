#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "impair/frame_outline.h"

namespace gimbal::impair {

/// A hash of addresses, protocol and ports, the same for both directions of a flow, never 0 for
/// IP; 0 for any other frame. Reads IPv4 and IPv6 behind up to two VLAN tags; ports are left out of
/// a fragment, and of a frame too short to show them. For the truth log: not a flow key.
[[nodiscard]] std::uint32_t hash_flow(std::span<const std::byte> frame) noexcept;
/// The same for a frame whose outline is known already.
[[nodiscard]] std::uint32_t hash_flow(std::span<const std::byte> frame,
                                      const FrameOutline& outline) noexcept;

}  // namespace gimbal::impair
