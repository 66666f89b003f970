#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "wire/build.h"

namespace gimbal {

using Bytes = std::vector<std::byte>;

enum class Family { v4, v6 };

/// An ordinary ACK of an established connection: no options, no payload, no tag.
inline Segment plain_ack(Family family = Family::v4) {
  Segment s;
  if (family == Family::v4) {
    s.source = {IpAddress::v4(192, 168, 1, 9), 40'000};
    s.destination = {IpAddress::v4(10, 1, 2, 3), 443};
  } else {
    s.source = {{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09}}, 40'000};
    s.destination = {{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x03}}, 443};
  }
  s.seq = Seq32{0xffff'fff0};
  s.ack = Seq32{0x1234'5678};
  s.window = 501;
  s.flags.ack = true;
  return s;
}

inline TcpOptions timestamps(std::uint32_t value = 0xdead'beef, std::uint32_t echo = 0x0bad'cafe) {
  TcpOptions options;
  options.has_timestamps = true;
  options.ts_value = value;
  options.ts_echo = echo;
  return options;
}

inline TcpOptions with_sack(TcpOptions options, std::uint8_t blocks) {
  options.sack_count = blocks;
  for (std::uint8_t i = 0; i < blocks; ++i) {
    const Seq32 start = Seq32{0x1234'6000} + std::uint32_t{i} * 3000U;
    options.sack[i] = {start, start + 1448};
  }
  return options;
}

inline Bytes frame_of(const Segment& meaning, std::span<const std::byte> payload = {}) {
  Bytes frame(kMaxBuiltHeader + meaning.payload_length + payload.size());
  frame.resize(build_segment_frame(frame, meaning, {}, payload));
  return frame;
}

inline Bytes random_bytes(Rng& rng, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(rng.next() >> 56);
  return bytes;
}

/// A segment drawn over every field `build_segment_frame` writes. SACK blocks fit beside
/// timestamps.
inline Segment random_segment(Rng& rng) {
  Segment s = plain_ack(rng.chance(0.5) ? Family::v4 : Family::v6);
  const auto u32 = [&] { return static_cast<std::uint32_t>(rng.next() >> 32); };
  const auto u16 = [&] { return static_cast<std::uint16_t>(rng.next() >> 48); };
  s.source.port = u16();
  s.destination.port = u16();
  s.source.address.bytes[15] = static_cast<std::uint8_t>(u16());
  s.destination.address.bytes[14] = static_cast<std::uint8_t>(u16());
  s.seq = Seq32{u32()};
  s.ack = Seq32{u32()};
  s.window = u16();
  s.vlan = rng.chance(0.5) ? static_cast<std::uint16_t>(1 + u16() % 4095) : std::uint16_t{0};
  s.ecn = static_cast<std::uint8_t>(u16() % 4);
  const std::uint32_t bits = u32();
  s.flags = {(bits & 1) != 0,  (bits & 2) != 0,   (bits & 4) != 0,
             (bits & 8) != 0,  (bits & 16) != 0,  (bits & 32) != 0,
             (bits & 64) != 0, (bits & 128) != 0, (bits & 256) != 0};
  s.payload_length = rng.chance(0.3) ? 0 : u32() % 1449;
  if (rng.chance(0.6)) s.options = timestamps(u32(), u32());
  if (rng.chance(0.6)) s.options = with_sack(s.options, static_cast<std::uint8_t>(u16() % 4));
  if (s.options.sack_count == 0 && rng.chance(0.3)) {
    s.options.mss = static_cast<std::uint16_t>(1 + u16() % 9000);
    s.options.has_window_scale = s.options.sack_permitted = true;
    s.options.window_scale = static_cast<std::uint8_t>(u16() % 15);
  }
  return s;
}

}  // namespace gimbal
