#include "wire/frame.h"

#include <memory>

#include "support/catch.h"
#include "unit/wire/samples.h"
#include "wire/bytes.h"

namespace gimbal {
namespace {

constexpr std::size_t kIp = 14;

FrameKind kind_of(std::span<const std::byte> frame) {
  Segment segment;
  return parse_frame(frame, segment);
}

/// A frame with one 16-bit field set to something else.
FrameKind kind_with(Bytes frame, std::size_t at, std::uint16_t value) {
  store_be16(&frame[at], value);
  return kind_of(frame);
}

FrameKind kind_with_byte(Bytes frame, std::size_t at, unsigned value) {
  store_u8(&frame[at], value);
  return kind_of(frame);
}

Bytes with_tag(Bytes frame, std::uint16_t type, std::uint16_t id) {
  Bytes tag(4);
  store_be16(&tag[0], type);
  store_be16(&tag[2], id);
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  return frame;
}

TEST_CASE("what is not IP is named so") {
  const Bytes frame = frame_of(plain_ack());
  CHECK(kind_with(frame, 12, 0x0806) == FrameKind::not_ip);  // ARP
  CHECK(kind_with(frame, 12, 0x88cc) == FrameKind::not_ip);  // LLDP
  CHECK(kind_with(frame, 12, 0x0026) == FrameKind::not_ip);  // 802.3 length: STP
  CHECK(kind_of(with_tag(Bytes(60, std::byte{0}), 0x8100, 5)) == FrameKind::not_ip);
}

TEST_CASE("IP without TCP is named so, in both families") {
  CHECK(kind_with_byte(frame_of(plain_ack()), kIp + 9, 17) == FrameKind::not_tcp);
  CHECK(kind_with_byte(frame_of(plain_ack()), kIp + 9, 1) == FrameKind::not_tcp);
  CHECK(kind_with_byte(frame_of(plain_ack(Family::v6)), kIp + 6, 17) == FrameKind::not_tcp);
  CHECK(kind_with_byte(frame_of(plain_ack(Family::v6)), kIp + 6, 58) == FrameKind::not_tcp);
}

TEST_CASE("every fragment is a fragment: the first, one in the middle, the last") {
  const Bytes frame = frame_of(plain_ack());
  CHECK(kind_with(frame, kIp + 6, 0x2000) == FrameKind::fragment);
  CHECK(kind_with(frame, kIp + 6, 0x2010) == FrameKind::fragment);
  CHECK(kind_with(frame, kIp + 6, 0x0010) == FrameKind::fragment);
  CHECK(kind_with(frame, kIp + 6, 0x4000) == FrameKind::tcp);
  CHECK(kind_with_byte(frame_of(plain_ack(Family::v6)), kIp + 6, 44) == FrameKind::fragment);
}

TEST_CASE("IPv4 options and IPv6 extension headers are not looked behind") {
  Segment meaning = plain_ack();
  meaning.payload_length = 40;
  CHECK(kind_with_byte(frame_of(meaning), kIp, 0x46) == FrameKind::ip_extension);
  for (const unsigned next : {0U, 43U, 60U}) {
    CHECK(kind_with_byte(frame_of(plain_ack(Family::v6)), kIp + 6, next) ==
          FrameKind::ip_extension);
  }
}

TEST_CASE("one 802.1Q tag is read, a second or a service tag is a stack") {
  const Bytes frame = frame_of(plain_ack());
  Segment segment;
  REQUIRE(parse_frame(with_tag(frame, 0x8100, 0xe007), segment) == FrameKind::tcp);
  CHECK(segment.vlan == 7);
  CHECK(segment.l3_offset == 18);
  REQUIRE(parse_frame(with_tag(frame, 0x8100, 0x2000), segment) == FrameKind::tcp);
  CHECK(segment.vlan == 0);
  CHECK(segment.l3_offset == 18);
  CHECK(kind_of(with_tag(with_tag(frame, 0x8100, 7), 0x8100, 8)) == FrameKind::vlan_stack);
  CHECK(kind_of(with_tag(with_tag(frame, 0x8100, 7), 0x88a8, 8)) == FrameKind::vlan_stack);
  CHECK(kind_of(with_tag(with_tag(frame, 0x88a8, 7), 0x8100, 8)) == FrameKind::vlan_stack);
}

TEST_CASE("lengths that contradict each other are malformed") {
  const Bytes four = frame_of(plain_ack());
  const Bytes six = frame_of(plain_ack(Family::v6));
  CHECK(kind_with_byte(four, kIp, 0x55) == FrameKind::malformed);       // version 5
  CHECK(kind_with_byte(four, kIp, 0x44) == FrameKind::malformed);       // header of 16 bytes
  CHECK(kind_with(four, kIp + 2, 19) == FrameKind::malformed);          // total < header
  CHECK(kind_with(four, kIp + 2, 41) == FrameKind::malformed);          // total > frame
  CHECK(kind_with(four, kIp + 2, 39) == FrameKind::malformed);          // TCP header cut
  CHECK(kind_with_byte(four, kIp + 32, 0x40) == FrameKind::malformed);  // data offset 16
  CHECK(kind_with_byte(four, kIp + 32, 0x60) == FrameKind::malformed);  // data offset > segment
  CHECK(kind_with_byte(six, kIp, 0x40) == FrameKind::malformed);        // version 4
  CHECK(kind_with(six, kIp + 4, 21) == FrameKind::malformed);           // payload > frame
  CHECK(kind_with(six, kIp + 4, 19) == FrameKind::malformed);           // TCP header cut
  CHECK(kind_with_byte(six, kIp + 52, 0xf0) == FrameKind::malformed);
}

TEST_CASE("IPv6 carrying an IPv4-mapped address is not believed") {
  for (const std::size_t at : {kIp + 8, kIp + 24}) {
    Bytes frame = frame_of(plain_ack(Family::v6));
    for (std::size_t i = 0; i < 10; ++i) frame[at + i] = std::byte{0};
    frame[at + 10] = frame[at + 11] = std::byte{0xff};
    CHECK(kind_of(frame) == FrameKind::malformed);
  }
}

TEST_CASE("padding to the Ethernet minimum is not payload") {
  for (const Family family : {Family::v4, Family::v6}) {
    Bytes frame = frame_of(plain_ack(family));
    frame.resize(frame.size() + 22, std::byte{0xaa});
    Segment segment;
    REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
    CHECK(segment.payload_length == 0);
    CHECK(segment.is_pure_ack());
  }
}

TEST_CASE("each control bit is read from its own place") {
  const Bytes frame = frame_of([] {
    Segment s = plain_ack();
    s.flags = {};
    return s;
  }());
  const auto flags_with = [&](std::size_t byte, unsigned value) {
    Bytes changed = frame;
    changed[kIp + 20 + byte] |= static_cast<std::byte>(value);
    Segment segment;
    REQUIRE(parse_frame(changed, segment) == FrameKind::tcp);
    const TcpFlags f = segment.flags;
    // Spelled out: g++ 12 miscompiles a loop over an array of bit-fields under UBSan.
    unsigned mask = f.fin ? 1U : 0U;
    if (f.syn) mask |= 1U << 1;
    if (f.rst) mask |= 1U << 2;
    if (f.psh) mask |= 1U << 3;
    if (f.ack) mask |= 1U << 4;
    if (f.urg) mask |= 1U << 5;
    if (f.ece) mask |= 1U << 6;
    if (f.cwr) mask |= 1U << 7;
    if (f.ae) mask |= 1U << 8;
    return mask;
  };
  for (unsigned bit = 0; bit < 8; ++bit) CHECK(flags_with(13, 1U << bit) == 1U << bit);
  CHECK(flags_with(12, 1) == 1U << 8);
  CHECK(flags_with(12, 0x0e) == 0);
}

TEST_CASE("no prefix of a valid frame is TCP, and none is read past its end") {
  Rng rng{4};
  for (int i = 0; i < 200; ++i) {
    const Bytes frame = frame_of(random_segment(rng));
    for (std::size_t size = 0; size < frame.size(); ++size) {
      // An allocation of exactly this size lets the address sanitizer see one byte too many.
      const auto copy = std::make_unique<std::byte[]>(size);
      std::copy_n(frame.begin(), size, copy.get());
      REQUIRE(kind_of({copy.get(), size}) == FrameKind::malformed);
    }
    REQUIRE(kind_of(frame) == FrameKind::tcp);
  }
}

TEST_CASE("the segment is left alone unless the answer is TCP") {
  Segment segment = plain_ack();
  segment.payload_length = 77;
  Bytes frame = frame_of(plain_ack());
  frame.pop_back();
  REQUIRE(parse_frame(frame, segment) == FrameKind::malformed);
  CHECK(segment.payload_length == 77);
  CHECK(segment.source == plain_ack().source);
}

TEST_CASE("random bytes never break the parser, and TCP it finds lies inside the frame") {
  Rng rng{5};
  int found = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes frame = frame_of(random_segment(rng));
    for (int flips = 0; flips < 4; ++flips) {
      frame[12 + rng.next() % (frame.size() - 12)] = static_cast<std::byte>(rng.next());
    }
    Segment segment;
    if (parse_frame(frame, segment) != FrameKind::tcp) continue;
    ++found;
    REQUIRE(segment.l3_offset < segment.l4_offset);
    REQUIRE(segment.l4_offset + 20 <= segment.payload_offset);
    REQUIRE(segment.payload_offset + segment.payload_length <= frame.size());
    REQUIRE(segment.options.sack_count <= 4);
  }
  CHECK(found > 1000);
}

TEST_CASE("every kind of frame has a name of its own") {
  CHECK(to_string(FrameKind::tcp) == "tcp");
  CHECK(to_string(FrameKind::not_ip) == "not_ip");
  CHECK(to_string(FrameKind::not_tcp) == "not_tcp");
  CHECK(to_string(FrameKind::fragment) == "fragment");
  CHECK(to_string(FrameKind::ip_extension) == "ip_extension");
  CHECK(to_string(FrameKind::vlan_stack) == "vlan_stack");
  CHECK(to_string(FrameKind::malformed) == "malformed");
  CHECK(kFrameKindCount == static_cast<std::size_t>(FrameKind::malformed) + 1);
}

}  // namespace
}  // namespace gimbal
