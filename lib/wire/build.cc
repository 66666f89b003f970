#include "wire/build.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/layout.h"

namespace gimbal {

namespace {

/// Writes options front to back and keeps every one 4-byte aligned the way Linux does.
class OptionWriter {
 public:
  explicit OptionWriter(std::byte* at) noexcept : begin_{at}, at_{at} {}

  void u8(unsigned value) noexcept { store_u8(at_++, value); }
  void u16(std::uint16_t value) noexcept { store_be16(std::exchange(at_, at_ + 2), value); }
  void u32(std::uint32_t value) noexcept { store_be32(std::exchange(at_, at_ + 4), value); }
  void head(std::uint8_t kind, std::size_t length) noexcept {
    u8(kind);
    u8(static_cast<unsigned>(length));
  }
  void nops(int count) noexcept {
    while (count-- > 0) u8(kOptionNop);
  }
  [[nodiscard]] std::size_t written() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }

 private:
  std::byte* begin_;
  std::byte* at_;
};

void write_sack(OptionWriter& out, const TcpOptions& options) noexcept {
  const std::size_t room = kMaxTcpOptions - out.written();
  if (options.sack_count == 0 || room < 12) return;
  const auto count = std::min<std::size_t>(options.sack_count, (room - 4) / 8);
  out.nops(2);
  out.head(kOptionSack, 2 + count * 8);
  for (std::size_t i = 0; i < count; ++i) {
    out.u32(options.sack[i].start.raw());
    out.u32(options.sack[i].end.raw());
  }
}

/// At most 40 bytes: 4 + 4 + 12 + 4 + 4, and SACK in what is left. Returns the length.
std::size_t write_options(std::byte* at, const TcpOptions& options) noexcept {
  OptionWriter out{at};
  if (options.mss != 0) {
    out.head(kOptionMss, 4);
    out.u16(options.mss);
  }
  if (options.sack_permitted) {
    out.nops(2);
    out.head(kOptionSackPermitted, 2);
  }
  if (options.has_timestamps) {
    out.nops(2);
    out.head(kOptionTimestamps, 10);
    out.u32(options.ts_value);
    out.u32(options.ts_echo);
  }
  if (options.has_window_scale) {
    out.nops(1);
    out.head(kOptionWindowScale, 3);
    out.u8(options.window_scale);
  }
  if (options.untouchable) {
    out.head(kOptionMultipath, 4);
    out.u16(0);
  }
  write_sack(out, options);
  return out.written();
}

/// Returns the length of what stands before IP.
std::size_t write_link(std::byte* at, const Segment& meaning, bool is_v4,
                       const MacAddresses& macs) noexcept {
  std::memcpy(at, macs.destination.data(), 6);
  std::memcpy(at + 6, macs.source.data(), 6);
  std::size_t type_at = 12;
  if (meaning.vlan != 0) {
    store_be16(at + 12, kEtherTypeVlan);
    store_be16(at + 14, meaning.vlan);
    type_at += kVlanTag;
  }
  store_be16(at + type_at, is_v4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
  return type_at + 2;
}

void write_ipv4(std::byte* ip, const Segment& meaning, std::size_t l4_length) noexcept {
  constexpr std::uint16_t kDontFragment = 0x4000;
  store_u8(ip, 0x45);
  store_u8(ip + 1, meaning.ecn & 3U);
  store_be16(ip + 2, static_cast<std::uint16_t>(kIpv4Header + l4_length));
  store_be16(ip + 4, 0);
  store_be16(ip + 6, kDontFragment);
  store_u8(ip + 8, 64);
  store_u8(ip + 9, kProtocolTcp);
  store_raw16(ip + 10, 0);
  std::memcpy(ip + 12, &meaning.source.address.bytes[12], 4);
  std::memcpy(ip + 16, &meaning.destination.address.bytes[12], 4);
  store_raw16(ip + 10, static_cast<std::uint16_t>(checksum_sum({ip, kIpv4Header}) ^ 0xffffU));
}

void write_ipv6(std::byte* ip, const Segment& meaning, std::size_t l4_length) noexcept {
  store_be32(ip, 0x6000'0000U | (meaning.ecn & 3U) << 20);
  store_be16(ip + 4, static_cast<std::uint16_t>(l4_length));
  store_u8(ip + 6, kProtocolTcp);
  store_u8(ip + 7, 64);
  std::memcpy(ip + 8, meaning.source.address.bytes.data(), 16);
  std::memcpy(ip + 24, meaning.destination.address.bytes.data(), 16);
}

unsigned flag_byte(const TcpFlags& f) noexcept {
  return (f.fin ? 1U : 0U) | (f.syn ? 2U : 0U) | (f.rst ? 4U : 0U) | (f.psh ? 8U : 0U) |
         (f.ack ? 16U : 0U) | (f.urg ? 32U : 0U) | (f.ece ? 64U : 0U) | (f.cwr ? 128U : 0U);
}

void write_tcp(std::byte* tcp, const Segment& meaning, std::size_t header) noexcept {
  store_be16(tcp, meaning.source.port);
  store_be16(tcp + 2, meaning.destination.port);
  store_be32(tcp + 4, meaning.seq.raw());
  store_be32(tcp + kTcpAck, meaning.ack.raw());
  store_u8(tcp + 12, static_cast<unsigned>(header / 4) << 4 | (meaning.flags.ae ? 1U : 0U));
  store_u8(tcp + 13, flag_byte(meaning.flags));
  store_be16(tcp + kTcpWindow, meaning.window);
  store_raw16(tcp + kTcpChecksum, 0);
  store_be16(tcp + 18, 0);
}

}  // namespace

std::size_t build_segment_frame(std::span<std::byte> out, const Segment& meaning,
                                const MacAddresses& macs,
                                std::span<const std::byte> payload) noexcept {
  std::array<std::byte, kMaxTcpOptions> options;
  const std::size_t header = kTcpHeader + write_options(options.data(), meaning.options);
  const std::size_t data = std::max<std::size_t>(payload.size(), meaning.payload_length);
  const bool is_v4 = meaning.source.address.is_v4() && meaning.destination.address.is_v4();
  const std::size_t l3 = kEthernetHeader + (meaning.vlan != 0 ? kVlanTag : 0);
  const std::size_t ip_header = is_v4 ? kIpv4Header : kIpv6Header;
  const std::size_t length = l3 + ip_header + header + data;
  if (length > out.size() || ip_header + header + data > UINT16_MAX) return 0;

  write_link(out.data(), meaning, is_v4, macs);
  if (is_v4) {
    write_ipv4(&out[l3], meaning, header + data);
  } else {
    write_ipv6(&out[l3], meaning, header + data);
  }
  std::byte* tcp = &out[l3 + ip_header];
  write_tcp(tcp, meaning, header);
  std::memcpy(tcp + kTcpHeader, options.data(), header - kTcpHeader);
  if (!payload.empty()) std::memcpy(tcp + header, payload.data(), payload.size());
  std::fill(tcp + header + payload.size(), tcp + header + data, std::byte{0});

  Segment offsets;
  offsets.l3_offset = static_cast<std::uint16_t>(l3);
  offsets.l4_offset = static_cast<std::uint16_t>(l3 + ip_header);
  offsets.payload_offset = static_cast<std::uint16_t>(offsets.l4_offset + header);
  offsets.payload_length = static_cast<std::uint32_t>(data);
  write_tcp_checksum(out.first(length), offsets);
  return length;
}

}  // namespace gimbal
