#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "impair/frame_outline.h"
#include "impair/treatment.h"

namespace gimbal::impair {

/// Sets Congestion Experienced in the IP header (RFC 3168 5), the IPv4 checksum kept right. No-op
/// for what is not IP.
void apply_ce_mark(std::span<std::byte> frame, const FrameOutline& outline) noexcept;

/// Flips `corruption.bits` bits, the same ones for the same `seed`. With repair: bits of the TCP or
/// UDP payload, the checksum brought along (RFC 1624 eqn. 3); a packet without such payload stays
/// whole. Without: any bits behind the Ethernet addresses and type. Answers whether it flipped any.
bool apply_corruption(std::span<std::byte> frame, const FrameOutline& outline,
                      const Corruption& corruption, std::uint64_t seed) noexcept;

}  // namespace gimbal::impair
