#include "impair/frame_outline.h"

#include <algorithm>

namespace gimbal::impair {
namespace {

constexpr std::size_t kEthernet = 14;
constexpr std::size_t kVlanTag = 4;
constexpr std::uint32_t kTcp = 6;
constexpr std::uint32_t kUdp = 17;
constexpr std::size_t kUdpHeader = 8;

std::uint32_t at8(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  return std::to_integer<std::uint32_t>(bytes[offset]);
}
std::uint32_t at16(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  return (at8(bytes, offset) << 8) | at8(bytes, offset + 1);
}
std::uint32_t at32(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  return (at16(bytes, offset) << 16) | at16(bytes, offset + 2);
}

void read_tunnel(std::span<const std::byte> payload, FrameOutline& out) noexcept {
  constexpr std::uint16_t kGtpUser = 2152;
  constexpr std::uint16_t kVxlan = 4789;
  if (payload.size() < 8) return;
  const bool version_1 = (at8(payload, 0) & 0xf0) == 0x30;
  if (out.destination_port == kGtpUser && version_1 && at8(payload, 1) == 0xff) {
    out.tunnel = Tunnel::gtp;
    out.tunnel_id = at32(payload, 4);
  } else if (out.destination_port == kVxlan && (at8(payload, 0) & 0x08) != 0) {
    out.tunnel = Tunnel::vxlan;
    out.tunnel_id = at32(payload, 4) >> 8;
  }
}

void read_ports(std::span<const std::byte> frame, std::size_t at, FrameOutline& out) noexcept {
  if ((out.protocol != kTcp && out.protocol != kUdp) || frame.size() < at + 4) return;
  out.has_ports = true;
  out.transport_at = static_cast<std::uint32_t>(at);
  out.source_port = static_cast<std::uint16_t>(at16(frame, at));
  out.destination_port = static_cast<std::uint16_t>(at16(frame, at + 2));
  if (out.protocol == kUdp && frame.size() >= at + kUdpHeader) {
    read_tunnel(frame.subspan(at + kUdpHeader), out);
  }
}

void read_ipv4(std::span<const std::byte> frame, std::size_t at, FrameOutline& out) noexcept {
  const auto ip = frame.subspan(at);
  out.ip_version = 4;
  out.traffic_class = static_cast<std::uint8_t>(at8(ip, 1));
  out.protocol = static_cast<std::uint8_t>(at8(ip, 9));
  out.end_at = static_cast<std::uint32_t>(std::min(frame.size(), at + at16(ip, 2)));
  const bool fragment = (at16(ip, 6) & 0x3fff) != 0;
  if (!fragment) read_ports(frame, at + (at8(ip, 0) & 0xf) * std::size_t{4}, out);
}

void read_ipv6(std::span<const std::byte> frame, std::size_t at, FrameOutline& out) noexcept {
  const auto ip = frame.subspan(at);
  out.ip_version = 6;
  out.traffic_class = static_cast<std::uint8_t>(at16(ip, 0) >> 4);
  out.protocol = static_cast<std::uint8_t>(at8(ip, 6));
  out.end_at = static_cast<std::uint32_t>(std::min(frame.size(), at + 40 + at16(ip, 4)));
  read_ports(frame, at + 40, out);
}

}  // namespace

FrameOutline parse_outline(std::span<const std::byte> frame) noexcept {
  FrameOutline out;
  std::size_t at = kEthernet;
  if (frame.size() < at) return out;
  std::uint32_t type = at16(frame, at - 2);
  for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8); ++tags) {
    if (frame.size() < at + kVlanTag) return out;
    if (!out.tagged) out.vlan = static_cast<std::uint16_t>(at16(frame, at) & 0xfff);
    out.tagged = true;
    at += kVlanTag;
    type = at16(frame, at - 2);
  }
  out.ip_at = static_cast<std::uint32_t>(at);
  if (type == 0x0800 && frame.size() >= at + 20) read_ipv4(frame, at, out);
  if (type == 0x86dd && frame.size() >= at + 40) read_ipv6(frame, at, out);
  return out;
}

}  // namespace gimbal::impair
