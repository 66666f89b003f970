#include "wire/checksum.h"

#include "wire/bytes.h"
#include "wire/layout.h"

namespace gimbal {

namespace {

std::uint16_t fold(std::uint64_t sum) noexcept {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Two lanes of 64 bits. Each gathers 32-bit halves, so it has room for 2^32 carries.
using Lanes = std::uint64_t __attribute__((vector_size(16)));

Lanes load_lanes(const std::byte* at) noexcept {
  Lanes lanes;
  std::memcpy(&lanes, at, sizeof(lanes));
  return lanes;
}

constexpr std::uint64_t kHalf = 0xffff'ffff;

/// The one's-complement sum is the same whether it is made of 16-bit words or of wider ones that
/// are folded later (RFC 1071 2.C), so eight bytes are as easily added as two.
std::uint64_t sum_words(const std::byte* at, std::size_t size) noexcept {
  std::uint64_t sum = 0;
  if (size >= 64) {
    const Lanes half{kHalf, kHalf};
    Lanes low{};
    Lanes high{};
    for (; size >= 32; at += 32, size -= 32) {
      const Lanes a = load_lanes(at);
      const Lanes b = load_lanes(at + 16);
      low += (a & half) + (b & half);
      high += (a >> 32) + (b >> 32);
    }
    low += high;
    sum = (low[0] & kHalf) + (low[0] >> 32) + (low[1] & kHalf) + (low[1] >> 32);
  }
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    sum += (word & kHalf) + (word >> 32);
  }
  if ((size & 4) != 0) {
    std::uint32_t word;
    std::memcpy(&word, at, sizeof(word));
    sum += word;
    at += 4;
  }
  if ((size & 2) != 0) {
    sum += load_raw16(at);
    at += 2;
  }
  // The missing half of the last word is zero, and it is the half that lies further on.
  if ((size & 1) != 0)
    sum += std::uint64_t{be16{static_cast<std::uint16_t>(load_u8(at) << 8)}.raw()};
  return sum;
}

/// Sum of pseudo header (RFC 9293 3.1; RFC 8200 8.1), TCP header and payload as they stand.
std::uint16_t tcp_sum(std::span<const std::byte> frame, const Segment& segment) noexcept {
  const std::byte* ip = frame.data() + segment.l3_offset;
  const std::uint32_t length =
      segment.payload_length + (std::uint32_t{segment.payload_offset} - segment.l4_offset);
  const bool is_v4 = load_u8(ip) >> 4 == 4;
  const std::uint64_t addresses = is_v4 ? sum_words(ip + 12, 8) : sum_words(ip + 8, 32);
  const std::uint64_t numbers = std::uint64_t{be16{kProtocolTcp}.raw()} + be32{length}.raw();
  return fold(addresses + numbers + sum_words(frame.data() + segment.l4_offset, length));
}

}  // namespace

std::uint16_t checksum_sum(std::span<const std::byte> bytes, std::uint32_t initial) noexcept {
  return fold(sum_words(bytes.data(), bytes.size()) + initial);
}

std::uint16_t checksum_update(std::uint16_t checksum, std::uint16_t before,
                              std::uint16_t after) noexcept {
  const std::uint32_t sum = (checksum ^ 0xffffU) + (before ^ 0xffffU) + after;
  return static_cast<std::uint16_t>(fold(sum) ^ 0xffffU);
}

bool tcp_checksum_ok(std::span<const std::byte> frame, const Segment& segment) noexcept {
  return tcp_sum(frame, segment) == 0xffff;
}

void write_tcp_checksum(std::span<std::byte> frame, const Segment& segment) noexcept {
  std::byte* field = frame.data() + segment.l4_offset + kTcpChecksum;
  store_raw16(field, 0);
  store_raw16(field, static_cast<std::uint16_t>(tcp_sum(frame, segment) ^ 0xffffU));
}

}  // namespace gimbal
