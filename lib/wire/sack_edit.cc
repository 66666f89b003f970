#include "wire/sack_edit.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/layout.h"

namespace gimbal {

namespace {

/// The option area under construction, 4-byte aligned at the end.
struct OptionArea {
  std::array<std::byte, kMaxTcpOptions> bytes{};
  std::size_t length{0};

  void nops(std::size_t count) noexcept {
    while (count-- > 0) store_u8(&bytes[length++], kOptionNop);
  }
};

/// Every option but SACK and padding, in their order, aligned as most stacks do it.
void copy_other_options(std::span<const std::byte> from, OptionArea& area) noexcept {
  for (std::size_t at = 0; at < from.size();) {
    const unsigned kind = load_u8(&from[at]);
    if (kind == kOptionEnd) break;
    if (kind == kOptionNop) {
      ++at;
      continue;
    }
    if (at + 1 >= from.size()) break;
    const std::size_t length = load_u8(&from[at + 1]);
    if (length < 2 || at + length > from.size()) break;
    if (kind != kOptionSack) {
      std::memcpy(&area.bytes[area.length], &from[at], length);
      area.length += length;
    }
    at += length;
  }
  area.nops((4 - area.length % 4) % 4);
}

/// False when there is no room for a single block.
bool append_sack(std::span<const SackBlock> blocks, OptionArea& area) noexcept {
  if (blocks.empty()) return true;
  const std::size_t room = kMaxTcpOptions - area.length;
  if (room < 12) return false;
  const std::size_t count = std::min(blocks.size(), (room - 4) / 8);
  area.nops(2);
  store_u8(&area.bytes[area.length++], kOptionSack);
  store_u8(&area.bytes[area.length++], static_cast<unsigned>(2 + 8 * count));
  for (const SackBlock& block : blocks.first(count)) {
    store_be32(&area.bytes[area.length], block.start.raw());
    store_be32(&area.bytes[area.length + 4], block.end.raw());
    area.length += 8;
  }
  return true;
}

void write_ip_length(std::byte* ip, std::size_t tcp_length) noexcept {
  if (load_u8(ip) >> 4 == 6) {
    store_be16(ip + 4, static_cast<std::uint16_t>(tcp_length));
    return;
  }
  store_be16(ip + 2, static_cast<std::uint16_t>(kIpv4Header + tcp_length));
  store_raw16(ip + 10, 0);
  store_raw16(ip + 10, static_cast<std::uint16_t>(checksum_sum({ip, kIpv4Header}) ^ 0xffffU));
}

}  // namespace

std::size_t write_ack_with_sack(std::span<std::byte> out, std::span<const std::byte> frame,
                                const Segment& segment,
                                std::span<const SackBlock> blocks) noexcept {
  OptionArea area;
  const std::size_t options_at = segment.l4_offset + kTcpHeader;
  copy_other_options(frame.subspan(options_at, segment.payload_offset - options_at), area);
  if (!append_sack(blocks, area)) return 0;
  const std::size_t length = options_at + area.length;
  if (length > out.size()) return 0;
  std::memcpy(out.data(), frame.data(), options_at);
  std::memcpy(&out[options_at], area.bytes.data(), area.length);

  std::byte* tcp = &out[segment.l4_offset];
  const std::size_t header = kTcpHeader + area.length;
  store_u8(tcp + 12, static_cast<unsigned>(header / 4) << 4 | (load_u8(tcp + 12) & 0x0fU));
  constexpr unsigned kPayloadFlags = 0x01 | 0x08;  // FIN and PSH speak of payload.
  store_u8(tcp + 13, load_u8(tcp + 13) & ~kPayloadFlags);
  write_ip_length(&out[segment.l3_offset], header);
  Segment written = segment;
  written.payload_length = 0;
  written.payload_offset = static_cast<std::uint16_t>(length);
  write_tcp_checksum(out.first(length), written);
  return length;
}

}  // namespace gimbal
