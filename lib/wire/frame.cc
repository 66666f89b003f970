#include "wire/frame.h"

#include <cstring>

#include "wire/bytes.h"
#include "wire/layout.h"
#include "wire/tcp_options.h"

namespace gimbal {

namespace {

/// Where the IP payload lies, once the IP header has been believed.
struct Network {
  std::size_t l4_offset{0};
  std::size_t l4_length{0};
};

/// The link layer's part: where IP starts and which EtherType it has.
struct Link {
  std::size_t l3_offset{kEthernetHeader};
  std::uint16_t ether_type{0};
  std::uint16_t vlan{0};
};

FrameKind parse_link(std::span<const std::byte> frame, Link& link) noexcept {
  if (frame.size() < kEthernetHeader) return FrameKind::malformed;
  link.ether_type = load_be16(&frame[12]);
  if (link.ether_type == kEtherTypeServiceVlan) return FrameKind::vlan_stack;
  if (link.ether_type != kEtherTypeVlan) return FrameKind::tcp;
  if (frame.size() < kEthernetHeader + kVlanTag) return FrameKind::malformed;
  link.vlan = load_be16(&frame[14]) & 0x0fff;
  link.ether_type = load_be16(&frame[16]);
  link.l3_offset += kVlanTag;
  const bool tagged_again =
      link.ether_type == kEtherTypeVlan || link.ether_type == kEtherTypeServiceVlan;
  return tagged_again ? FrameKind::vlan_stack : FrameKind::tcp;
}

FrameKind parse_ipv4(std::span<const std::byte> packet, Network& network) noexcept {
  constexpr std::uint16_t kMoreFragmentsOrOffset = 0x3fff;
  if (packet.size() < kIpv4Header) return FrameKind::malformed;
  const std::byte* ip = packet.data();
  const std::uint8_t version_ihl = load_u8(ip);
  const std::size_t header = (version_ihl & 0x0fU) * 4U;
  const std::size_t total = load_be16(ip + 2);
  if (version_ihl >> 4 != 4 || header < kIpv4Header || total < header || total > packet.size()) {
    return FrameKind::malformed;
  }
  if ((load_be16(ip + 6) & kMoreFragmentsOrOffset) != 0) return FrameKind::fragment;
  if (load_u8(ip + 9) != kProtocolTcp) return FrameKind::not_tcp;
  if (header != kIpv4Header) return FrameKind::ip_extension;
  network.l4_offset = kIpv4Header;
  network.l4_length = total - kIpv4Header;
  return FrameKind::tcp;
}

FrameKind classify_next_header(std::uint8_t next) noexcept {
  switch (next) {
    case kProtocolTcp:
      return FrameKind::tcp;
    case 44:
      return FrameKind::fragment;
    case 0:   // hop-by-hop
    case 43:  // routing
    case 60:  // destination options
      return FrameKind::ip_extension;
    default:
      return FrameKind::not_tcp;
  }
}

/// ::ffff:0:0/96 never stands in a packet (RFC 6890 table 20); believing one would give the packet
/// the key of an IPv4 flow.
bool is_mapped(const std::byte* address) noexcept {
  static constexpr std::byte kPrefix[12] = {
      {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}};
  return std::memcmp(address, kPrefix, sizeof(kPrefix)) == 0;
}

FrameKind parse_ipv6(std::span<const std::byte> packet, Network& network) noexcept {
  if (packet.size() < kIpv6Header) return FrameKind::malformed;
  const std::byte* ip = packet.data();
  const std::size_t length = load_be16(ip + 4);
  if (load_u8(ip) >> 4 != 6 || length > packet.size() - kIpv6Header) return FrameKind::malformed;
  if (is_mapped(ip + 8) || is_mapped(ip + 24)) return FrameKind::malformed;
  network.l4_offset = kIpv6Header;
  network.l4_length = length;
  return classify_next_header(load_u8(ip + 6));
}

void read_ipv4_addresses(const std::byte* ip, Segment& segment) noexcept {
  segment.source.address = IpAddress::v4(0, 0, 0, 0);
  segment.destination.address = segment.source.address;
  std::memcpy(&segment.source.address.bytes[12], ip + 12, 4);
  std::memcpy(&segment.destination.address.bytes[12], ip + 16, 4);
  segment.ecn = load_u8(ip + 1) & 3;
}

void read_ipv6_addresses(const std::byte* ip, Segment& segment) noexcept {
  std::memcpy(segment.source.address.bytes.data(), ip + 8, 16);
  std::memcpy(segment.destination.address.bytes.data(), ip + 24, 16);
  segment.ecn = (load_u8(ip + 1) >> 4) & 3;
}

/// Byte 13 of the header is the first byte of TcpFlags, bit for bit, on every ABI that allocates
/// bit-fields from the lowest bit; a test compares them one by one.
TcpFlags read_flags(const std::byte* tcp) noexcept {
  static_assert(sizeof(TcpFlags) == 2 && std::endian::native == std::endian::little);
  const std::byte bits[2] = {tcp[13], tcp[12] & std::byte{1}};
  TcpFlags flags;
  std::memcpy(&flags, bits, sizeof(flags));
  return flags;
}

}  // namespace

std::string_view to_string(FrameKind kind) noexcept {
  switch (kind) {
    case FrameKind::tcp:
      return "tcp";
    case FrameKind::not_ip:
      return "not_ip";
    case FrameKind::not_tcp:
      return "not_tcp";
    case FrameKind::fragment:
      return "fragment";
    case FrameKind::ip_extension:
      return "ip_extension";
    case FrameKind::vlan_stack:
      return "vlan_stack";
    case FrameKind::malformed:
      return "malformed";
  }
  return "?";
}

FrameKind parse_frame(std::span<const std::byte> frame, Segment& segment) noexcept {
  Link link;
  if (const FrameKind kind = parse_link(frame, link); kind != FrameKind::tcp) return kind;
  const bool is_v4 = link.ether_type == kEtherTypeIpv4;
  if (!is_v4 && link.ether_type != kEtherTypeIpv6) return FrameKind::not_ip;

  const auto packet = frame.subspan(link.l3_offset);
  Network network;
  const FrameKind kind = is_v4 ? parse_ipv4(packet, network) : parse_ipv6(packet, network);
  if (kind != FrameKind::tcp) return kind;

  if (network.l4_length < kTcpHeader) return FrameKind::malformed;
  const std::byte* tcp = packet.data() + network.l4_offset;
  const std::size_t header = (load_u8(tcp + 12) >> 4) * 4U;
  if (header < kTcpHeader || header > network.l4_length) return FrameKind::malformed;

  if (is_v4) {
    read_ipv4_addresses(packet.data(), segment);
  } else {
    read_ipv6_addresses(packet.data(), segment);
  }
  segment.source.port = load_be16(tcp);
  segment.destination.port = load_be16(tcp + 2);
  segment.seq = Seq32{load_be32(tcp + 4)};
  segment.ack = Seq32{load_be32(tcp + kTcpAck)};
  segment.window = load_be16(tcp + kTcpWindow);
  segment.flags = read_flags(tcp);
  segment.vlan = link.vlan;
  segment.l3_offset = static_cast<std::uint16_t>(link.l3_offset);
  segment.l4_offset = static_cast<std::uint16_t>(link.l3_offset + network.l4_offset);
  segment.payload_offset = static_cast<std::uint16_t>(segment.l4_offset + header);
  segment.payload_length = static_cast<std::uint32_t>(network.l4_length - header);
  segment.options = TcpOptions{};
  if (header > kTcpHeader) {
    parse_tcp_options({tcp + kTcpHeader, header - kTcpHeader}, segment.options);
  }
  return FrameKind::tcp;
}

}  // namespace gimbal
