#include "wire/edit.h"

#include <algorithm>
#include <bit>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/layout.h"

namespace gimbal {

namespace {

std::byte* tcp_header(std::span<std::byte> frame, const Segment& segment) noexcept {
  return frame.data() + segment.l4_offset;
}

void fix_checksum(std::byte* tcp, std::uint16_t before, std::uint16_t after) noexcept {
  std::byte* field = tcp + kTcpChecksum;
  store_raw16(field, checksum_update(load_raw16(field), before, after));
}

}  // namespace

void apply_window(std::span<std::byte> frame, Segment& segment, std::uint16_t window) noexcept {
  std::byte* tcp = tcp_header(frame, segment);
  const std::uint16_t before = load_raw16(tcp + kTcpWindow);
  store_be16(tcp + kTcpWindow, window);
  fix_checksum(tcp, before, load_raw16(tcp + kTcpWindow));
  segment.window = window;
}

void apply_sack_removal(std::span<std::byte> frame, Segment& segment) noexcept {
  const std::size_t offset = segment.options.sack_offset;
  if (offset == 0) return;
  std::byte* tcp = tcp_header(frame, segment);
  const std::size_t length = load_u8(tcp + offset + 1);
  const std::span<std::byte> option{tcp + offset, length};

  std::uint16_t before = checksum_sum(option);
  for (std::byte& byte : option) byte = std::byte{kOptionNop};
  std::uint16_t after = checksum_sum(option);
  // Options need not be aligned. From an odd offset each byte counts in the other half of its word,
  // and the sum comes out with its bytes swapped (RFC 1071 2.B).
  if (offset % 2 != 0) {
    before = static_cast<std::uint16_t>(__builtin_bswap16(before));
    after = static_cast<std::uint16_t>(__builtin_bswap16(after));
  }
  fix_checksum(tcp, before, after);
  segment.options.sack_offset = 0;
  segment.options.sack_count = 0;
  segment.options.sack = {};
}

void apply_ack(std::span<std::byte> frame, Segment& segment, Seq32 ack) noexcept {
  std::byte* tcp = tcp_header(frame, segment);
  const std::uint16_t before = checksum_sum({tcp + kTcpAck, 4});
  store_be32(tcp + kTcpAck, ack.raw());
  fix_checksum(tcp, before, checksum_sum({tcp + kTcpAck, 4}));
  segment.ack = ack;
}

void apply_timestamp_echo(std::span<std::byte> frame, Segment& segment,
                          std::uint32_t echo) noexcept {
  if (!segment.options.has_timestamps) return;
  std::byte* tcp = tcp_header(frame, segment);
  const std::size_t end = static_cast<std::size_t>(segment.payload_offset - segment.l4_offset);
  // The options were parsed before, so their lengths are sound.
  for (std::size_t at = kTcpHeader; at + 10 <= end;) {
    const unsigned kind = load_u8(tcp + at);
    if (kind != kOptionTimestamps) {
      at += kind == kOptionNop ? 1 : std::max<std::size_t>(2, load_u8(tcp + at + 1));
      continue;
    }
    // Options need not be aligned, but the words of the checksum are.
    const std::size_t odd = at % 2;
    const std::span<const std::byte> words{tcp + at + 6 - odd, 4 + 2 * odd};
    const std::uint16_t before = checksum_sum(words);
    store_be32(tcp + at + 6, echo);
    fix_checksum(tcp, before, checksum_sum(words));
    segment.options.ts_echo = echo;
    return;
  }
}

}  // namespace gimbal
