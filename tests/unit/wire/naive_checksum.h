#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gimbal {

/// The TCP checksum verified as RFC 9293 3.1 words it, one big-endian 16-bit word at a time and
/// straight from the bytes: shares no code with lib/wire, so it can contradict it. The frame must
/// be whole TCP over IPv4 without options or IPv6 without extension headers, with at most one tag.
inline bool naive_tcp_checksum_ok(std::span<const std::byte> frame) {
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(frame[i]); };
  const auto word_at = [&](std::size_t i) { return byte_at(i) << 8 | byte_at(i + 1); };
  const std::size_t ip = word_at(12) == 0x8100 ? 18 : 14;
  const bool v4 = byte_at(ip) >> 4 == 4;
  const std::size_t tcp = ip + (v4 ? 20 : 40);
  const std::size_t length = v4 ? word_at(ip + 2) - 20 : word_at(ip + 4);

  std::uint32_t sum = 6 + static_cast<std::uint32_t>(length);
  for (std::size_t i = v4 ? ip + 12 : ip + 8; i < tcp; i += 2) sum += word_at(i);
  for (std::size_t i = 0; i + 1 < length; i += 2) sum += word_at(tcp + i);
  if (length % 2 != 0) sum += byte_at(tcp + length - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

/// The IPv4 header checksum, the same way.
inline bool naive_ipv4_checksum_ok(std::span<const std::byte> frame, std::size_t ip) {
  std::uint32_t sum = 0;
  for (std::size_t i = ip; i < ip + 20; i += 2) {
    sum += std::to_integer<std::uint32_t>(frame[i]) << 8 |
           std::to_integer<std::uint32_t>(frame[i + 1]);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

}  // namespace gimbal
