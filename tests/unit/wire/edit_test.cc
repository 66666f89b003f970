#include "wire/edit.h"

#include "support/catch.h"
#include "unit/wire/naive_checksum.h"
#include "unit/wire/samples.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

void apply_random_edit(Rng& rng, std::span<std::byte> frame, Segment& segment) {
  switch (rng.next() % 3) {
    case 0:
      apply_window(frame, segment, static_cast<std::uint16_t>(rng.next()));
      break;
    case 1:
      apply_ack(frame, segment, Seq32{static_cast<std::uint32_t>(rng.next())});
      break;
    default:
      apply_sack_removal(frame, segment);
      break;
  }
}

/// Moves the options of a frame with timestamps and SACK to an odd offset: NOP, TS, SACK, NOPs.
Bytes with_odd_sack(std::uint8_t blocks) {
  Segment meaning = plain_ack();
  meaning.options = with_sack(timestamps(), blocks);
  Bytes frame = frame_of(meaning);
  std::byte* options = &frame[34 + 20];
  const std::size_t sack = 2U + blocks * 8U;
  std::copy_n(options + 2, 10, options + 1);
  std::copy_n(options + 14, sack, options + 11);
  std::fill_n(options + 11 + sack, 3, std::byte{1});
  Segment parsed;
  REQUIRE(parse_frame(frame, parsed) == FrameKind::tcp);
  REQUIRE(parsed.options.sack_offset == 31);
  write_tcp_checksum(frame, parsed);
  return frame;
}

TEST_CASE("the TCP checksum is right after any edits in any order") {
  Rng rng{7};
  for (int i = 0; i < 10'000; ++i) {
    Segment meaning = random_segment(rng);
    Bytes frame = frame_of(meaning, random_bytes(rng, meaning.payload_length));
    Segment segment;
    REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
    for (int edits = 0; edits < 4; ++edits) {
      apply_random_edit(rng, frame, segment);
      REQUIRE(naive_tcp_checksum_ok(frame));
    }
    Segment again;
    REQUIRE(parse_frame(frame, again) == FrameKind::tcp);
    REQUIRE(again.window == segment.window);
    REQUIRE(again.ack == segment.ack);
    REQUIRE(again.options.sack_count == segment.options.sack_count);
    REQUIRE(again.options.sack_offset == segment.options.sack_offset);
    REQUIRE(again.seq == meaning.seq);
    REQUIRE(again.options.ts_value == meaning.options.ts_value);
  }
}

TEST_CASE("a SACK option at an odd offset is removed with the checksum kept right") {
  for (std::uint8_t blocks = 1; blocks <= 3; ++blocks) {
    Bytes frame = with_odd_sack(blocks);
    REQUIRE(naive_tcp_checksum_ok(frame));
    Segment segment;
    REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
    apply_sack_removal(frame, segment);
    CHECK(naive_tcp_checksum_ok(frame));
    Segment again;
    REQUIRE(parse_frame(frame, again) == FrameKind::tcp);
    CHECK(again.options.sack_count == 0);
    CHECK(again.options.has_timestamps);
    CHECK(again.options.ts_value == 0xdead'beef);
    CHECK_FALSE(again.options.malformed);
  }
}

TEST_CASE("an edit changes its own field, the checksum and nothing else") {
  Segment meaning = plain_ack(Family::v6);
  meaning.options = with_sack(timestamps(), 2);
  meaning.payload_length = 9;
  const Bytes before = frame_of(meaning);
  Segment segment;
  const auto changed = [&](auto&& edit) {
    Bytes frame = before;
    REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
    edit(frame);
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const bool checksum = i == segment.l4_offset + 16U || i == segment.l4_offset + 17U;
      if (frame[i] != before[i] && !checksum) at.push_back(i - segment.l4_offset);
    }
    return at;
  };
  CHECK(changed([&](Bytes& f) { apply_window(f, segment, 0xfffe); }) ==
        std::vector<std::size_t>{14, 15});
  CHECK(changed([&](Bytes& f) { apply_ack(f, segment, Seq32{0xedcb'a987}); }) ==
        std::vector<std::size_t>{8, 9, 10, 11});
  for (const std::size_t at : changed([&](Bytes& f) { apply_sack_removal(f, segment); })) {
    CHECK(at >= 34);
    CHECK(at < 34 + 18);
  }
  CHECK(changed([&](Bytes& f) { apply_window(f, segment, meaning.window); }).empty());
}

TEST_CASE("without a SACK option there is nothing to remove") {
  Segment meaning = plain_ack();
  meaning.options = timestamps();
  Bytes frame = frame_of(meaning);
  const Bytes before = frame;
  Segment segment;
  REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
  apply_sack_removal(frame, segment);
  CHECK(frame == before);
}

TEST_CASE("an edit does not make a wrong checksum right") {
  Rng rng{8};
  for (int i = 0; i < 1'000; ++i) {
    Bytes frame = frame_of(random_segment(rng));
    Segment segment;
    REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
    store_raw16(&frame[segment.l4_offset + 16U],
                static_cast<std::uint16_t>(load_raw16(&frame[segment.l4_offset + 16U]) ^ 0x0100));
    apply_random_edit(rng, frame, segment);
    REQUIRE_FALSE(naive_tcp_checksum_ok(frame));
  }
}

}  // namespace
}  // namespace gimbal
