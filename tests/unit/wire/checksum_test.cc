#include "wire/checksum.h"

#include <cstring>

#include "support/catch.h"
#include "unit/wire/naive_checksum.h"
#include "unit/wire/samples.h"
#include "wire/bytes.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

/// RFC 1071 as it stands: big-endian words, one after the other.
std::uint16_t naive_sum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t as_raw(std::uint16_t host) { return be16{host}.raw(); }

TEST_CASE("the example of RFC 1071 section 3 sums to ddf2") {
  const unsigned char raw[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  CHECK(checksum_sum(std::as_bytes(std::span{raw})) == as_raw(0xddf2));
}

TEST_CASE("the sum is that of the words, for every length and alignment") {
  Rng rng{1071};
  const Bytes bytes = random_bytes(rng, 400);
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; start + size <= bytes.size(); ++size) {
      const auto part = std::span{bytes}.subspan(start, size);
      REQUIRE(checksum_sum(part) == as_raw(naive_sum(part)));
    }
  }
}

TEST_CASE("all ones sum to ffff however many, and nothing sums to zero") {
  for (const std::size_t size : {2U, 64U, 1500U, 65536U}) {
    CHECK(checksum_sum(Bytes(size, std::byte{0xff})) == 0xffff);
    CHECK(checksum_sum(Bytes(size, std::byte{0})) == 0);
  }
  CHECK(checksum_sum({}) == 0);
}

TEST_CASE("sums chain at even offsets") {
  Rng rng{2};
  const Bytes bytes = random_bytes(rng, 301);
  for (std::size_t cut = 0; cut <= 300; cut += 2) {
    const auto whole = std::span{bytes};
    REQUIRE(checksum_sum(whole.subspan(cut), checksum_sum(whole.first(cut))) ==
            checksum_sum(whole));
  }
}

TEST_CASE("an update equals the checksum computed anew") {
  Rng rng{1624};
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes = random_bytes(rng, 20);
    const auto field = [&] { return static_cast<std::uint16_t>(checksum_sum(bytes) ^ 0xffff); };
    const std::uint16_t before_checksum = field();
    const std::size_t at = (rng.next() % 10) * 2;
    const std::uint16_t before = load_raw16(&bytes[at]);
    // Every fourth time to or from a word at the edge of the arithmetic.
    const auto edge = static_cast<std::uint16_t>(i % 8 == 0 ? 0 : 0xffff);
    const auto after = i % 4 == 0 ? edge : static_cast<std::uint16_t>(rng.next());
    store_raw16(&bytes[at], after);
    REQUIRE(checksum_update(before_checksum, before, after) == field());
  }
}

TEST_CASE("the update of RFC 1624 section 4 gives 0000 and not ffff") {
  CHECK(checksum_update(as_raw(0xdd2f), as_raw(0x5555), as_raw(0x3285)) == 0);
}

TEST_CASE("one changed bit anywhere makes the TCP checksum wrong") {
  for (const Family family : {Family::v4, Family::v6}) {
    Segment meaning = plain_ack(family);
    meaning.options = timestamps();
    meaning.payload_length = 33;
    Bytes frame = frame_of(meaning);
    Segment parsed;
    REQUIRE(parse_frame(frame, parsed) == FrameKind::tcp);
    REQUIRE(tcp_checksum_ok(frame, parsed));
    for (std::size_t at = parsed.l4_offset; at < frame.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        frame[at] ^= std::byte{1} << bit;
        REQUIRE_FALSE(tcp_checksum_ok(frame, parsed));
        frame[at] ^= std::byte{1} << bit;
      }
    }
    const std::size_t addresses = family == Family::v4 ? 8 : 32;
    for (std::size_t at = parsed.l4_offset - addresses; at < parsed.l4_offset; ++at) {
      frame[at] ^= std::byte{0x10};
      REQUIRE_FALSE(tcp_checksum_ok(frame, parsed));
      frame[at] ^= std::byte{0x10};
    }
  }
}

TEST_CASE("a written TCP checksum satisfies an independent verifier") {
  Rng rng{3};
  for (int i = 0; i < 2'000; ++i) {
    Segment meaning = random_segment(rng);
    Bytes frame = frame_of(meaning, random_bytes(rng, meaning.payload_length));
    Segment parsed;
    REQUIRE(parse_frame(frame, parsed) == FrameKind::tcp);
    store_raw16(&frame[parsed.l4_offset + 16U], static_cast<std::uint16_t>(rng.next()));
    write_tcp_checksum(frame, parsed);
    REQUIRE(naive_tcp_checksum_ok(frame));
    REQUIRE(tcp_checksum_ok(frame, parsed));
  }
}

}  // namespace
}  // namespace gimbal
