#include "impair/flow_hash.h"

#include <algorithm>

namespace gimbal::impair {
namespace {

constexpr std::size_t kEthernet = 14;
constexpr std::size_t kVlanTag = 4;

std::uint32_t at8(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  return std::to_integer<std::uint32_t>(bytes[offset]);
}
std::uint32_t at16(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  return (at8(bytes, offset) << 8) | at8(bytes, offset + 1);
}

/// FNV-1a.
std::uint32_t hash_bytes(std::span<const std::byte> bytes, std::uint32_t hash) noexcept {
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<std::uint32_t>(byte)) * 16'777'619u;
  }
  return hash;
}

/// Both ends enter by a sum, so that it does not matter which one sent the frame.
std::uint32_t hash_ends(std::span<const std::byte> ip, std::size_t addresses, std::size_t width,
                        std::uint32_t protocol, std::size_t ports) noexcept {
  constexpr std::uint32_t kBasis = 2'166'136'261u;
  std::uint32_t ends[2] = {hash_bytes(ip.subspan(addresses, width), kBasis),
                           hash_bytes(ip.subspan(addresses + width, width), kBasis)};
  const bool has_ports = protocol == 6 || protocol == 17;
  if (has_ports && ports != 0 && ip.size() >= ports + 4) {
    ends[0] = hash_bytes(ip.subspan(ports, 2), ends[0]);
    ends[1] = hash_bytes(ip.subspan(ports + 2, 2), ends[1]);
  }
  const std::uint32_t sum = (ends[0] + ends[1]) ^ (protocol * 0x9e37'79b1u);
  return std::max(1u, (sum ^ (sum >> 15)) * 0x85eb'ca6bu);
}

}  // namespace

std::uint32_t hash_flow(std::span<const std::byte> frame) noexcept {
  std::size_t at = kEthernet;
  if (frame.size() < at) return 0;
  std::uint32_t type = at16(frame, at - 2);
  for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); ++tags) {
    at += kVlanTag;
    if (frame.size() < at) return 0;
    type = at16(frame, at - 2);
  }
  const auto ip = frame.subspan(at);
  if (type == 0x0800 && ip.size() >= 20) {
    const bool fragment = (at16(ip, 6) & 0x3fff) != 0;
    const std::size_t header = (at8(ip, 0) & 0xf) * std::size_t{4};
    return hash_ends(ip, 12, 4, at8(ip, 9), fragment ? 0 : header);
  }
  if (type == 0x86dd && ip.size() >= 40) return hash_ends(ip, 8, 16, at8(ip, 6), 40);
  return 0;
}

}  // namespace gimbal::impair
