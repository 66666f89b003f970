#include "support/packet_builder.h"

#include <sstream>

#include "wire/build.h"

namespace gimbal::testing {
namespace {

constexpr std::uint16_t kClientPort = 40000;
constexpr std::uint16_t kServerPort = 443;

Endpoint documentation_v6(std::uint8_t last, std::uint16_t port) {
  Endpoint end{};
  end.address.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
  end.port = port;
  return end;
}

SegmentBuilder bare(std::uint32_t seq) {
  Segment segment{};
  segment.source = client_v4();
  segment.destination = server_v4();
  segment.seq = Seq32{seq};
  segment.window = 65535;
  return SegmentBuilder{segment};
}

Segment with_ack(const SegmentBuilder& builder, std::uint32_t number) {
  Segment segment = builder.segment();
  segment.flags.ack = true;
  segment.ack = Seq32{number};
  return segment;
}

}  // namespace

Endpoint client_v4() { return {IpAddress::v4(192, 0, 2, 10), kClientPort}; }
Endpoint server_v4() { return {IpAddress::v4(198, 51, 100, 20), kServerPort}; }
Endpoint client_v6() { return documentation_v6(0x10, kClientPort); }
Endpoint server_v6() { return documentation_v6(0x20, kServerPort); }

SackBlock block(std::uint32_t start, std::uint32_t end) { return {Seq32{start}, Seq32{end}}; }

SegmentBuilder& SegmentBuilder::from(Endpoint source) {
  segment_.source = source;
  return *this;
}
SegmentBuilder& SegmentBuilder::to(Endpoint destination) {
  segment_.destination = destination;
  return *this;
}
SegmentBuilder& SegmentBuilder::vlan(std::uint16_t id) {
  segment_.vlan = id;
  return *this;
}
SegmentBuilder& SegmentBuilder::window(std::uint16_t raw) {
  segment_.window = raw;
  return *this;
}
SegmentBuilder& SegmentBuilder::ts(std::uint32_t value, std::uint32_t echo) {
  segment_.options.has_timestamps = true;
  segment_.options.ts_value = value;
  segment_.options.ts_echo = echo;
  return *this;
}
SegmentBuilder& SegmentBuilder::mss(std::uint16_t bytes) {
  segment_.options.mss = bytes;
  return *this;
}
SegmentBuilder& SegmentBuilder::scale(std::uint8_t shift) {
  segment_.options.has_window_scale = true;
  segment_.options.window_scale = shift;
  return *this;
}
SegmentBuilder& SegmentBuilder::sack_ok() {
  segment_.options.sack_permitted = true;
  return *this;
}
SegmentBuilder& SegmentBuilder::sack(std::initializer_list<SackBlock> blocks) {
  segment_.options.sack_count = 0;
  for (const SackBlock block : blocks) {
    if (segment_.options.sack_count == segment_.options.sack.size()) break;
    segment_.options.sack[segment_.options.sack_count++] = block;
  }
  return *this;
}
SegmentBuilder& SegmentBuilder::payload(std::uint32_t length) {
  segment_.payload_length = length;
  return *this;
}
SegmentBuilder& SegmentBuilder::push() {
  segment_.flags.psh = true;
  return *this;
}
SegmentBuilder& SegmentBuilder::with_fin() {
  segment_.flags.fin = true;
  return *this;
}
SegmentBuilder& SegmentBuilder::ece() {
  segment_.flags.ece = true;
  return *this;
}
SegmentBuilder& SegmentBuilder::ce() {
  segment_.ecn = 3;
  return *this;
}
SegmentBuilder& SegmentBuilder::untouchable() {
  segment_.options.untouchable = true;
  return *this;
}
SegmentBuilder& SegmentBuilder::no_ack() {
  segment_.flags.ack = false;
  segment_.ack = Seq32{};
  return *this;
}

std::vector<std::byte> SegmentBuilder::frame() const {
  std::vector<std::byte> bytes(kMaxBuiltHeader + segment_.payload_length);
  bytes.resize(build_segment_frame(bytes, segment_));
  return bytes;
}

SegmentBuilder syn(std::uint32_t seq) {
  Segment segment = bare(seq).segment();
  segment.flags.syn = true;
  return SegmentBuilder{segment};
}
SegmentBuilder syn_ack(std::uint32_t seq, std::uint32_t number) {
  return SegmentBuilder{with_ack(syn(seq), number)};
}
SegmentBuilder ack(std::uint32_t seq, std::uint32_t number) {
  return SegmentBuilder{with_ack(bare(seq), number)};
}
SegmentBuilder data(std::uint32_t seq, std::uint32_t length, std::uint32_t number) {
  return ack(seq, number).payload(length);
}
SegmentBuilder fin(std::uint32_t seq, std::uint32_t number) { return ack(seq, number).with_fin(); }
SegmentBuilder rst(std::uint32_t seq) {
  Segment segment = bare(seq).segment();
  segment.flags.rst = true;
  segment.window = 0;
  return SegmentBuilder{segment};
}
SegmentBuilder rst_ack(std::uint32_t seq, std::uint32_t number) {
  return SegmentBuilder{with_ack(rst(seq), number)};
}

std::string describe(const Segment& segment) {
  std::ostringstream line;
  const TcpFlags& flags = segment.flags;
  if (flags.syn) line << 'S';
  if (flags.fin) line << 'F';
  if (flags.rst) line << 'R';
  if (flags.psh) line << 'P';
  if (flags.ece) line << 'E';
  if (flags.ack) line << '.';
  line << ' ' << segment.seq.raw() << ':' << segment.end().raw() << '(' << segment.payload_length
       << ')';
  if (flags.ack) line << " ack " << segment.ack.raw();
  line << " win " << segment.window;
  const TcpOptions& options = segment.options;
  if (options.has_timestamps) line << " ts " << options.ts_value << '/' << options.ts_echo;
  if (options.has_window_scale) line << " wscale " << int{options.window_scale};
  if (options.mss != 0) line << " mss " << options.mss;
  if (options.sack_permitted) line << " sackOK";
  for (std::size_t i = 0; i < options.sack_count; ++i)
    line << (i == 0 ? " sack " : ",") << options.sack[i].start.raw() << '-'
         << options.sack[i].end.raw();
  return line.str();
}

}  // namespace gimbal::testing
