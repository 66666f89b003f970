#include "wire/build.h"

#include <algorithm>

#include "support/catch.h"
#include "unit/wire/naive_checksum.h"
#include "unit/wire/samples.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

void check_same_meaning(const Segment& a, const Segment& b) {
  REQUIRE(a.source == b.source);
  REQUIRE(a.destination == b.destination);
  REQUIRE(a.seq == b.seq);
  REQUIRE(a.ack == b.ack);
  REQUIRE(a.window == b.window);
  REQUIRE(a.vlan == b.vlan);
  REQUIRE(a.ecn == b.ecn);
  REQUIRE(std::memcmp(&a.flags, &b.flags, sizeof(a.flags)) == 0);
  REQUIRE(a.options.has_timestamps == b.options.has_timestamps);
  REQUIRE(a.options.ts_value == b.options.ts_value);
  REQUIRE(a.options.ts_echo == b.options.ts_echo);
  REQUIRE(a.options.mss == b.options.mss);
  REQUIRE(a.options.has_window_scale == b.options.has_window_scale);
  REQUIRE(a.options.window_scale == b.options.window_scale);
  REQUIRE(a.options.sack_permitted == b.options.sack_permitted);
  REQUIRE(a.options.sack_count == b.options.sack_count);
  REQUIRE(a.options.sack == b.options.sack);
  REQUIRE(a.options.untouchable == b.options.untouchable);
}

TEST_CASE("what is built is parsed back with the same meaning") {
  Rng rng{6};
  for (int i = 0; i < 10'000; ++i) {
    const Segment meaning = random_segment(rng);
    const Bytes payload = random_bytes(rng, meaning.payload_length);
    const Bytes frame = frame_of(meaning, payload);
    Segment back;
    REQUIRE(parse_frame(frame, back) == FrameKind::tcp);
    check_same_meaning(meaning, back);
    REQUIRE_FALSE(back.options.malformed);
    REQUIRE(back.payload_length == payload.size());
    REQUIRE(std::equal(payload.begin(), payload.end(), frame.begin() + back.payload_offset));
    REQUIRE(naive_tcp_checksum_ok(frame));
    if (meaning.source.address.is_v4()) REQUIRE(naive_ipv4_checksum_ok(frame, back.l3_offset));
  }
}

TEST_CASE("a payload shorter than the segment's is filled up with zeros") {
  Segment meaning = plain_ack();
  meaning.payload_length = 5;
  const Bytes payload(2, std::byte{0xee});
  const Bytes frame = frame_of(meaning, payload);
  Segment back;
  REQUIRE(parse_frame(frame, back) == FrameKind::tcp);
  CHECK(back.payload_length == 5);
  CHECK(frame[back.payload_offset + 1U] == std::byte{0xee});
  CHECK(frame[back.payload_offset + 2U] == std::byte{0});
  CHECK(frame.back() == std::byte{0});
}

TEST_CASE("a frame that does not fit its buffer or IP is refused") {
  Segment meaning = plain_ack();
  Bytes exact(54);
  CHECK(build_segment_frame(exact, meaning) == 54);
  CHECK(build_segment_frame(std::span{exact}.first(53), meaning) == 0);
  Bytes huge(70'000);
  meaning.payload_length = 65'535 - 40;
  CHECK(build_segment_frame(huge, meaning) == 14 + 65'535);
  meaning.payload_length += 1;
  CHECK(build_segment_frame(huge, meaning) == 0);
}

TEST_CASE("SACK blocks beyond the room beside timestamps are left out") {
  Segment meaning = plain_ack();
  meaning.options = with_sack(timestamps(), 4);
  Segment back;
  REQUIRE(parse_frame(frame_of(meaning), back) == FrameKind::tcp);
  CHECK(back.options.sack_count == 3);
  CHECK(back.options.sack[2] == meaning.options.sack[2]);
  CHECK(back.payload_offset == 14 + 20 + 60);
}

TEST_CASE("an untouchable segment carries an option that says so") {
  Segment meaning = plain_ack();
  meaning.options.untouchable = true;
  Segment back;
  REQUIRE(parse_frame(frame_of(meaning), back) == FrameKind::tcp);
  CHECK(back.options.untouchable);
}

TEST_CASE("the hardware addresses stand where Ethernet wants them") {
  const MacAddresses macs{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}};
  Bytes frame(kMaxBuiltHeader);
  REQUIRE(build_segment_frame(frame, plain_ack(), macs) == 54);
  for (std::size_t i = 0; i < 12; ++i) CHECK(frame[i] == static_cast<std::byte>(i + 1));
}

}  // namespace
}  // namespace gimbal
