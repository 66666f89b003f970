#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gimbal::impair {

using Bytes = std::vector<std::byte>;

inline void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value));
}

/// The ones' complement sum of RFC 1071 over `bytes`, an odd one padded.
inline std::uint32_t ones_sum(const std::byte* bytes, std::size_t size, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/// Sum over an IPv4 packet's transport part with its pseudo header: 0xffff when right.
inline std::uint32_t transport_sum(const Bytes& frame, std::size_t ip) {
  const std::size_t length = std::to_integer<std::size_t>(frame[ip + 2]) * 256 +
                             std::to_integer<std::size_t>(frame[ip + 3]) - 20;
  const auto pseudo =
      ones_sum(&frame[ip + 12], 8,
               std::to_integer<std::uint32_t>(frame[ip + 9]) + static_cast<std::uint32_t>(length));
  return ones_sum(&frame[ip + 20], length, pseudo);
}

/// Ethernet (with `vlan` unless 0), IPv4 10.0.0.1 > 10.0.0.2 and UDP around `payload`, all
/// checksums right.
inline Bytes udp_frame(const Bytes& payload, unsigned to_port = 2000, unsigned vlan = 0,
                       unsigned traffic_class = 2) {
  Bytes out(12, std::byte{2});
  out[11] = std::byte{9};
  if (vlan != 0) {
    put16(out, 0x8100);
    put16(out, vlan);
  }
  put16(out, 0x0800);
  const std::size_t ip = out.size();
  put16(out, 0x4500 | traffic_class);
  put16(out, static_cast<unsigned>(28 + payload.size()));
  for (const unsigned word : {0u, 0u, 0x4011u, 0u, 0x0a00u, 1u, 0x0a00u, 2u}) put16(out, word);
  const std::size_t udp = out.size();
  for (const unsigned word : {1000u, to_port, static_cast<unsigned>(8 + payload.size()), 0u}) {
    put16(out, word);
  }
  out.insert(out.end(), payload.begin(), payload.end());
  const std::uint32_t header = ~ones_sum(&out[ip], 20);
  out[ip + 10] = static_cast<std::byte>(header >> 8);
  out[ip + 11] = static_cast<std::byte>(header);
  const std::uint32_t sum = ~transport_sum(out, ip);
  out[udp + 6] = static_cast<std::byte>(sum >> 8);
  out[udp + 7] = static_cast<std::byte>(sum);
  return out;
}

}  // namespace gimbal::impair
