#include "flow/flow_key.h"

#include <array>
#include <bit>
#include <cmath>
#include <unordered_set>

#include "support/catch.h"
#include "unit/flow/samples.h"

namespace gimbal {
namespace {

constexpr std::uint64_t kSeed = 0x0123'4567'89ab'cdefULL;

TEST_CASE("both directions of a connection have one key and one hash, and know which they are") {
  Rng rng{1};
  for (int i = 0; i < 20'000; ++i) {
    Segment there;
    there.source = random_endpoint(rng);
    there.destination = random_endpoint(rng);
    there.vlan = static_cast<std::uint16_t>(rng.next() % 3);
    const Segment back = turned(there);
    bool there_reversed = false;
    bool back_reversed = false;
    const FlowKey a = make_flow_key(there, there_reversed);
    const FlowKey b = make_flow_key(back, back_reversed);
    REQUIRE(a == b);
    REQUIRE(hash(a, kSeed) == hash(b, kSeed));
    REQUIRE((there_reversed ? a.high : a.low) == there.source);
    REQUIRE((there_reversed ? a.low : a.high) == there.destination);
    if (!(there.source == there.destination)) REQUIRE(there_reversed != back_reversed);
  }
}

TEST_CASE("ends that differ only in their port are told apart in both directions") {
  Segment s = segment_number(1);
  s.destination = s.source;
  s.destination.port = 2;
  bool reversed = false;
  bool turned_reversed = false;
  CHECK(make_flow_key(s, reversed) == make_flow_key(turned(s), turned_reversed));
  CHECK(reversed != turned_reversed);
}

TEST_CASE("a key differs when any of its bytes does") {
  const FlowKey key = key_number(12'345);
  for (std::size_t at = 0; at < sizeof(FlowKey); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      FlowKey other = key;
      reinterpret_cast<unsigned char*>(&other)[at] ^= static_cast<unsigned char>(1U << bit);
      REQUIRE_FALSE(other == key);
      REQUIRE(hash(other, kSeed) != hash(key, kSeed));
    }
  }
}

TEST_CASE("the same ends in another VLAN are another connection") {
  Segment s = segment_number(1);
  const FlowKey untagged = key_of(s);
  s.vlan = 7;
  CHECK_FALSE(key_of(s) == untagged);
}

TEST_CASE("changing one bit of a key changes each bit of the hash half of the time") {
  constexpr int kKeys = 400;
  Rng rng{2};
  double worst = 0;
  for (std::size_t at = 0; at < sizeof(FlowKey) * 8; ++at) {
    std::array<int, 32> flips{};
    for (int k = 0; k < kKeys; ++k) {
      const FlowKey key = key_number(static_cast<std::uint32_t>(rng.next()));
      FlowKey other = key;
      reinterpret_cast<unsigned char*>(&other)[at / 8] ^= static_cast<unsigned char>(1U << at % 8);
      const std::uint32_t changed = hash(key, kSeed) ^ hash(other, kSeed);
      for (std::size_t bit = 0; bit < 32; ++bit) flips[bit] += static_cast<int>(changed >> bit & 1);
    }
    for (const int n : flips) worst = std::max(worst, std::abs(n / double{kKeys} - 0.5));
  }
  CHECK(worst < 0.13);  // 304 * 32 draws of 400: five standard deviations of 0.025
}

TEST_CASE("neighbouring flows spread evenly over buckets and over tags") {
  constexpr std::size_t kBins = 1024;
  constexpr std::uint32_t kFlows = 256 * 1024;
  const auto chi_squared = [](auto&& bin_of) {
    std::array<double, kBins> bins{};
    for (std::uint32_t i = 0; i < kFlows; ++i) ++bins[bin_of(hash(key_number(i), kSeed)) % kBins];
    double sum = 0;
    constexpr double expected = double{kFlows} / kBins;
    for (const double n : bins) sum += (n - expected) * (n - expected) / expected;
    return sum;
  };
  // 1023 degrees of freedom: mean 1023, standard deviation 45.
  CHECK(chi_squared([](std::uint32_t h) { return h; }) < 1023 + 5 * 45);
  CHECK(chi_squared([](std::uint32_t h) { return h >> 16; }) < 1023 + 5 * 45);
}

TEST_CASE("keys that collide under one seed do not under another") {
  std::unordered_set<std::uint32_t> seen;
  std::vector<std::uint32_t> colliding;
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    if ((hash(key_number(i), 1) & 0xffff) == 0) colliding.push_back(i);
  }
  REQUIRE(colliding.size() > 3);
  for (const auto i : colliding) seen.insert(hash(key_number(i), 2) & 0xffff);
  CHECK(seen.size() >= colliding.size() - 1);
}

}  // namespace
}  // namespace gimbal
