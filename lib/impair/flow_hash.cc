#include "impair/flow_hash.h"

#include <algorithm>

#include "impair/frame_outline.h"

namespace gimbal::impair {
namespace {

/// FNV-1a.
std::uint32_t hash_bytes(std::span<const std::byte> bytes, std::uint32_t hash) noexcept {
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<std::uint32_t>(byte)) * 16'777'619u;
  }
  return hash;
}

}  // namespace

std::uint32_t hash_flow(std::span<const std::byte> frame) noexcept {
  return hash_flow(frame, parse_outline(frame));
}

std::uint32_t hash_flow(std::span<const std::byte> frame, const FrameOutline& outline) noexcept {
  constexpr std::uint32_t kBasis = 2'166'136'261u;
  if (outline.ip_version == 0) return 0;
  std::uint32_t ends[2] = {hash_bytes(outline.source(frame), kBasis),
                           hash_bytes(outline.destination(frame), kBasis)};
  if (outline.has_ports) {
    ends[0] = hash_bytes(frame.subspan(outline.transport_at, 2), ends[0]);
    ends[1] = hash_bytes(frame.subspan(outline.transport_at + 2, 2), ends[1]);
  }
  // Both ends enter by a sum, so that it does not matter which one sent the frame.
  const std::uint32_t sum = (ends[0] + ends[1]) ^ (outline.protocol * 0x9e37'79b1u);
  return std::max(1u, (sum ^ (sum >> 15)) * 0x85eb'ca6bu);
}

}  // namespace gimbal::impair
