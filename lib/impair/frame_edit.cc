#include "impair/frame_edit.h"

#include "base/rng.h"

namespace gimbal::impair {
namespace {

constexpr std::size_t kEthernet = 14;
constexpr std::uint8_t kTcp = 6;
constexpr std::byte kCe{3};

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return (std::to_integer<std::uint32_t>(bytes[at]) << 8) |
         std::to_integer<std::uint32_t>(bytes[at + 1]);
}
void put_word(std::span<std::byte> bytes, std::size_t at, std::uint32_t word) noexcept {
  bytes[at] = static_cast<std::byte>(word >> 8);
  bytes[at + 1] = static_cast<std::byte>(word);
}

/// RFC 1624 eqn. 3, HC' = ~(~HC + ~m + m').
void update_checksum(std::span<std::byte> frame, std::size_t checksum_at, std::uint32_t was,
                     std::uint32_t is) noexcept {
  std::uint32_t sum = (~word_at(frame, checksum_at) & 0xffff) + (~was & 0xffff) + is;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  put_word(frame, checksum_at, ~sum & 0xffff);
}

struct Payload {
  std::size_t at{0};
  std::size_t end{0};
  std::size_t checksum_at{0};
  bool checked{true};  ///< UDP over IPv4 may go without.
};

Payload payload_of(std::span<const std::byte> frame, const FrameOutline& outline) noexcept {
  const std::size_t transport = outline.transport_at;
  const bool tcp = outline.protocol == kTcp;
  if (!outline.has_ports || outline.end_at < transport + (tcp ? 20u : 8u)) return {};
  Payload payload;
  payload.end = outline.end_at;
  payload.checksum_at = transport + (tcp ? 16 : 6);
  const std::size_t tcp_header = std::to_integer<std::size_t>(frame[transport + 12] >> 4) * 4;
  payload.at = transport + (tcp ? tcp_header : 8);
  payload.checked = tcp || word_at(frame, payload.checksum_at) != 0;
  return payload;
}

/// Flips one bit and lets the checksum follow. Words count from the transport header.
void flip_covered(std::span<std::byte> frame, const FrameOutline& outline, const Payload& payload,
                  std::size_t at, std::byte bit) noexcept {
  const std::size_t even = at - (at - outline.transport_at) % 2;
  const bool padded = even + 1 >= payload.end;  // An odd last byte counts as followed by zero.
  const auto covered = [&] {
    return padded ? std::to_integer<std::uint32_t>(frame[even]) << 8 : word_at(frame, even);
  };
  const std::uint32_t was = covered();
  frame[at] ^= bit;
  if (payload.checked) update_checksum(frame, payload.checksum_at, was, covered());
}

}  // namespace

void apply_ce_mark(std::span<std::byte> frame, const FrameOutline& outline) noexcept {
  const std::size_t ip = outline.ip_at;
  if (outline.ip_version == 4) {
    const std::uint32_t was = word_at(frame, ip);
    frame[ip + 1] |= kCe;
    update_checksum(frame, ip + 10, was, word_at(frame, ip));
  } else if (outline.ip_version == 6) {
    frame[ip + 1] |= kCe << 4;
  }
}

bool apply_corruption(std::span<std::byte> frame, const FrameOutline& outline,
                      const Corruption& corruption, std::uint64_t seed) noexcept {
  Rng luck{seed};
  const Payload payload = corruption.repair ? payload_of(frame, outline) : Payload{};
  const std::size_t first = corruption.repair ? payload.at : kEthernet;
  const std::size_t end = corruption.repair ? payload.end : frame.size();
  if (first >= end) return false;
  for (std::uint32_t i = 0; i < corruption.bits; ++i) {
    const std::uint64_t drawn = luck.next();
    const std::size_t at = first + (drawn >> 3) % (end - first);
    const auto bit = static_cast<std::byte>(1u << (drawn & 7));
    if (corruption.repair) {
      flip_covered(frame, outline, payload, at, bit);
    } else {
      frame[at] ^= bit;
    }
  }
  return corruption.bits > 0;
}

}  // namespace gimbal::impair
