#include "wire/edit.h"

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

}  // namespace gimbal
