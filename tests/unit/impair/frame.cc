#include <bit>

#include "frames.h"
#include "impair/frame_edit.h"
#include "impair/frame_outline.h"
#include "impair/traffic_match.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

Bytes text(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 7);
  return out;
}

int flipped(const Bytes& a, const Bytes& b, std::size_t from) {
  int bits = 0;
  for (std::size_t i = from; i < a.size(); ++i) {
    bits += std::popcount(std::to_integer<unsigned>(a[i] ^ b[i]));
  }
  return bits;
}

}  // namespace

TEST_CASE("an outline names addresses, ports, tag and tunnel", "[impair][frame]") {
  Bytes vxlan(8);
  vxlan[0] = std::byte{0x08};
  vxlan[4] = std::byte{0x12};
  vxlan[6] = std::byte{0x34};
  const Bytes frame = udp_frame(vxlan, 4789, 77, 0xb8);
  const FrameOutline outline = parse_outline(frame);
  CHECK(outline.ip_version == 4);
  CHECK(outline.vlan == 77);
  CHECK(outline.source_port == 1000);
  CHECK(outline.tunnel == Tunnel::vxlan);
  CHECK(outline.tunnel_id == 0x120034);
  CHECK(outline.end_at == frame.size());
  Bytes gtp(8);
  gtp[0] = std::byte{0x30};
  gtp[1] = std::byte{0xff};
  gtp[7] = std::byte{9};
  CHECK(parse_outline(udp_frame(gtp, 2152)).tunnel == Tunnel::gtp);
  CHECK(parse_outline(udp_frame(gtp, 2152)).tunnel_id == 9);
}

TEST_CASE("an outline of any cut of a frame stays inside it", "[impair][frame]") {
  const Bytes whole = udp_frame(text(40), 4789, 5);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const FrameOutline outline = parse_outline(cut);
    REQUIRE(outline.end_at <= size);
    if (outline.has_ports) REQUIRE(outline.transport_at + 4 <= size);
    Bytes edited = cut;
    apply_corruption(edited, outline, Corruption{1.0, 20, true}, 3);
    apply_ce_mark(edited, outline);
  }
}

TEST_CASE("all that a match names must hold", "[impair][class]") {
  const Bytes frame = udp_frame(text(10), 443, 77, 46 << 2);
  const FrameOutline outline = parse_outline(frame);
  TrafficMatch match;
  match.ip_version = 4;
  match.prefix_bits = 31;
  match.prefix = {std::byte{10}, std::byte{0}, std::byte{0}, std::byte{2}};
  match.port = 443;
  match.protocol = 17;
  match.dscp = 46;
  match.vlan = 77;
  CHECK(matches(match, outline, frame));
  const auto without = [&](auto change) {
    TrafficMatch other = match;
    change(other);
    return !matches(other, outline, frame);
  };
  CHECK(without([](TrafficMatch& m) { m.prefix[3] = std::byte{4}; }));
  CHECK(without([](TrafficMatch& m) { m.port = 80; }));
  CHECK(without([](TrafficMatch& m) { m.protocol = 6; }));
  CHECK(without([](TrafficMatch& m) { m.dscp = 0; }));
  CHECK(without([](TrafficMatch& m) { m.vlan = 78; }));
  CHECK(without([](TrafficMatch& m) { m.vni = 1; }));
  CHECK(without([](TrafficMatch& m) { m.teid = 1; }));
  CHECK(without([](TrafficMatch& m) { m.ip_version = 6; }));
}

TEST_CASE("a mark sets both bits and keeps the header's checksum", "[impair][frame]") {
  for (const unsigned ecn : {1u, 2u}) {
    Bytes frame = udp_frame(text(10), 2000, 0, 0xb8 | ecn);
    apply_ce_mark(frame, parse_outline(frame));
    CHECK(frame[15] == std::byte{0xbb});
    CHECK(ones_sum(&frame[14], 20) == 0xffff);
  }
}

TEST_CASE("repaired corruption is in the payload and no checksum shows it", "[impair][frame]") {
  const std::size_t size = GENERATE(1u, 40u, 41u);
  const Bytes before = udp_frame(text(size));
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    Bytes frame = before;
    REQUIRE(apply_corruption(frame, parse_outline(frame), Corruption{1.0, 1, true}, seed));
    REQUIRE(flipped(before, frame, 42) == 1);
    REQUIRE(transport_sum(frame, 14) == 0xffff);
    REQUIRE(ones_sum(&frame[14], 20) == 0xffff);
  }
  Bytes empty = udp_frame({});
  CHECK_FALSE(apply_corruption(empty, parse_outline(empty), Corruption{1.0, 1, true}, 1));
}

TEST_CASE("plain corruption spares only the Ethernet header and repeats with its seed",
          "[impair][frame]") {
  const Bytes before = udp_frame(text(100));
  Bytes one = before;
  Bytes two = before;
  const Corruption how{1.0, 3, false};
  apply_corruption(one, parse_outline(one), how, 5);
  apply_corruption(two, parse_outline(two), how, 5);
  CHECK(one == two);
  CHECK(flipped(before, one, 14) == 3);
  CHECK(flipped(before, one, 0) == 3);
}

}  // namespace gimbal::impair
