#include "wire/sack_edit.h"

#include <algorithm>
#include <array>

#include "support/catch.h"
#include "unit/wire/samples.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

const std::array<SackBlock, 4> kBlocks{{{Seq32{100}, Seq32{200}},
                                        {Seq32{300}, Seq32{400}},
                                        {Seq32{500}, Seq32{600}},
                                        {Seq32{700}, Seq32{800}}}};

Segment read(std::span<const std::byte> frame) {
  Segment segment;
  REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
  REQUIRE(tcp_checksum_ok(frame, segment));
  return segment;
}

/// `meaning` with `count` blocks, written and read again.
Segment rewritten(const Segment& meaning, std::size_t count) {
  const Bytes frame = frame_of(meaning);
  const Segment before = read(frame);
  std::array<std::byte, kMaxPureAck> out;
  const std::size_t length =
      write_ack_with_sack(out, frame, before, std::span{kBlocks}.first(count));
  REQUIRE(length > 0);
  return read(std::span{out}.first(length));
}

}  // namespace

TEST_CASE("an acknowledgment grows by the blocks and keeps everything else", "[sack]") {
  Segment meaning = plain_ack();
  meaning.options = timestamps();
  const Segment after = rewritten(meaning, 2);
  CHECK(after.ack == meaning.ack);
  CHECK(after.seq == meaning.seq);
  CHECK(after.window == meaning.window);
  CHECK(after.options.ts_value == meaning.options.ts_value);
  CHECK(after.options.ts_echo == meaning.options.ts_echo);
  REQUIRE(after.options.sack_count == 2);
  CHECK(after.options.sack[1] == kBlocks[1]);
}

TEST_CASE("as many blocks are shown as the options hold: three beside timestamps, four alone",
          "[sack]") {
  Segment meaning = plain_ack();
  CHECK(rewritten(meaning, 4).options.sack_count == 4);
  meaning.options = timestamps();
  CHECK(rewritten(meaning, 4).options.sack_count == 3);
  CHECK(rewritten(meaning, 0).options.sack_count == 0);
}

TEST_CASE("blocks that were there make way for the new ones", "[sack]") {
  Segment meaning = plain_ack();
  meaning.options = with_sack(timestamps(), 3);
  const Segment after = rewritten(meaning, 1);
  REQUIRE(after.options.sack_count == 1);
  CHECK(after.options.sack[0] == kBlocks[0]);
}

TEST_CASE("a data segment becomes a bare acknowledgment without PSH and FIN", "[sack]") {
  Segment meaning = plain_ack();
  meaning.payload_length = 300;
  meaning.flags.psh = meaning.flags.fin = true;
  const Segment after = rewritten(meaning, 1);
  CHECK(after.payload_length == 0);
  CHECK(after.is_pure_ack());
  CHECK_FALSE(after.flags.psh);
}

TEST_CASE("options that are not known stay byte for byte; without room nothing is written",
          "[sack]") {
  Segment meaning = plain_ack();
  meaning.options = with_sack(timestamps(), 3);
  Bytes frame = frame_of(meaning);
  const Segment before = read(frame);
  // The 28 bytes of SACK become one option nobody knows.
  std::byte* option = &frame[before.l4_offset + 20U + 12U];
  option[0] = std::byte{253};
  option[1] = std::byte{28};
  for (int i = 2; i < 28; ++i) option[i] = std::byte{0xa5};
  Segment damaged;
  REQUIRE(parse_frame(frame, damaged) == FrameKind::tcp);
  std::array<std::byte, kMaxPureAck> out;
  CHECK(write_ack_with_sack(out, frame, damaged, std::span{kBlocks}.first(1)) == 0);
  const std::size_t length = write_ack_with_sack(out, frame, damaged, {});
  REQUIRE(length > 0);
  CHECK(std::search(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(length), option,
                    option + 28) != out.begin() + static_cast<std::ptrdiff_t>(length));
  std::array<std::byte, 40> small;
  CHECK(write_ack_with_sack(small, frame, damaged, {}) == 0);
}

}  // namespace gimbal
