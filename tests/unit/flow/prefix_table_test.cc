#include "flow/prefix_table.h"

#include "support/catch.h"

namespace gimbal {
namespace {

FarPrefix v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
             std::uint16_t vlan = 0) {
  return far_prefix(IpAddress::v4(a, b, c, d), vlan);
}

TEST_CASE("hosts of one /24 share a prefix, other networks and VLANs do not", "[prefix]") {
  CHECK(v4(10, 1, 2, 3) == v4(10, 1, 2, 200));
  CHECK_FALSE(v4(10, 1, 2, 3) == v4(10, 1, 3, 3));
  CHECK_FALSE(v4(10, 1, 2, 3) == v4(10, 1, 2, 3, 7));
  CHECK_FALSE(v4(0, 0, 0, 0) == FarPrefix{});
}

TEST_CASE("hosts of one /48 share a prefix, and none is taken for an IPv4 network", "[prefix]") {
  IpAddress near;
  near.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1};
  IpAddress sibling = near;
  sibling.bytes[7] = 77;
  IpAddress stranger = near;
  stranger.bytes[5] = 2;
  CHECK(far_prefix(near, 0) == far_prefix(sibling, 0));
  CHECK_FALSE(far_prefix(near, 0) == far_prefix(stranger, 0));
  CHECK_FALSE(far_prefix(IpAddress{}, 0) == v4(0, 0, 0, 0));
}

TEST_CASE("what was claimed is found again, and nothing else", "[prefix]") {
  PrefixTable<int> table{64, 1};
  bool evicted = true;
  CHECK(table.find(v4(10, 0, 0, 1)) == nullptr);
  table.claim(v4(10, 0, 0, 1), evicted) = 7;
  CHECK_FALSE(evicted);
  REQUIRE(table.find(v4(10, 0, 0, 9)) != nullptr);
  CHECK(*table.find(v4(10, 0, 0, 9)) == 7);
  CHECK(table.find(v4(10, 0, 1, 1)) == nullptr);
  CHECK(table.claim(v4(10, 0, 0, 1), evicted) == 7);
  CHECK_FALSE(evicted);
}

TEST_CASE("a full set gives up the prefix unused longest", "[prefix]") {
  PrefixTable<int> table{4, 1};
  REQUIRE(table.capacity() == 4);
  bool evicted = false;
  for (std::uint8_t i = 0; i < 4; ++i) table.claim(v4(10, 0, i, 1), evicted) = i;
  CHECK_FALSE(evicted);
  static_cast<void>(table.find(v4(10, 0, 0, 1)));
  table.claim(v4(10, 0, 99, 1), evicted) = 99;
  CHECK(evicted);
  CHECK(table.find(v4(10, 0, 0, 1)) != nullptr);
  CHECK(table.find(v4(10, 0, 1, 1)) == nullptr);
  CHECK(*table.find(v4(10, 0, 99, 1)) == 99);
}

TEST_CASE("a table takes its memory once, however many prefixes come", "[prefix]") {
  PrefixTable<int> table{1000, 1};
  CHECK(table.capacity() == 1024);
  const std::size_t before = table.bytes();
  bool evicted = false;
  int gave_way = 0;
  for (int i = 0; i < 5000; ++i) {
    table.claim(v4(10, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 1),
                evicted) = i;
    gave_way += evicted ? 1 : 0;
  }
  CHECK(table.bytes() == before);
  CHECK(gave_way >= 5000 - 1024);
}

}  // namespace
}  // namespace gimbal
