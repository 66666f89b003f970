#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "tcp/tracker.h"

// Any sequence of segments, drawn close to where the conversation stands: uniformly random numbers
// would all be refused. Twelve bytes make one segment.

namespace {

using namespace gimbal;

constexpr std::size_t kStepBytes = 12;
using StepBytes = const std::uint8_t*;

std::uint16_t read16(StepBytes bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

Seq32 landmark(const HalfFlow& half, unsigned which) {
  const std::array<Seq32, 8> marks{half.una,        half.nxt,
                                   half.right_edge, half.isn,
                                   half.fin_seq,    half.una - half.max_window,
                                   half.hole_start, half.nxt + (1U << 31)};
  return marks[which % marks.size()];
}

// Small steps around a landmark, or far ones.
std::uint32_t offset(std::uint8_t raw, bool far) {
  const auto step = static_cast<std::uint32_t>(static_cast<std::int8_t>(raw));
  return far ? step * 1448U : step;
}

Segment read_segment(StepBytes bytes, const Conversation& conversation, Side from) {
  Segment segment;
  const HalfFlow& own = conversation.half(from);
  const HalfFlow& other = conversation.half(opposite(from));
  const std::uint8_t shape = bytes[1];
  segment.flags.fin = (shape & 1U) != 0 && (shape & 128U) != 0;
  segment.flags.syn = (shape & 2U) != 0 && (shape & 64U) != 0;
  segment.flags.rst = (shape & 4U) != 0 && (shape & 128U) != 0;
  segment.flags.ack = (shape & 8U) == 0 || (shape & 64U) == 0;
  segment.flags.psh = (shape & 16U) != 0;
  segment.seq = landmark(own, bytes[2]) + offset(bytes[3], (bytes[2] & 8U) != 0);
  segment.ack = landmark(other, bytes[4]) + offset(bytes[5], (bytes[4] & 8U) != 0);
  segment.payload_length = (shape & 32U) != 0 ? read16(bytes + 6) : 0;
  segment.window = read16(bytes + 8);
  segment.ecn = bytes[0] >> 6;

  TcpOptions& options = segment.options;
  options.has_timestamps = (bytes[10] & 1U) != 0;
  options.ts_value = own.ts_value + offset(bytes[11], false);
  options.ts_echo = other.ts_value + offset(bytes[3], false);
  options.has_window_scale = (bytes[10] & 2U) != 0;
  options.window_scale = static_cast<std::uint8_t>(bytes[11] % 15);
  options.sack_permitted = (bytes[10] & 4U) != 0;
  options.mss = read16(bytes + 6);
  options.sack_count = static_cast<std::uint8_t>((bytes[10] >> 4) % 5);
  for (std::size_t i = 0; i < options.sack_count; ++i) {
    options.sack[i].start = segment.ack + offset(bytes[(i + 2) % kStepBytes], true);
    options.sack[i].end = options.sack[i].start + offset(bytes[(i + 5) % kStepBytes], true);
  }
  return segment;
}

bool same_but_challenge(Conversation a, const Conversation& b) {
  for (std::size_t i = 0; i < kSideCount; ++i)
    a.halves[i].challenge_due = b.halves[i].challenge_due;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

void check_half(const HalfFlow& half, const HalfFlow& before, bool restarted) {
  GIMBAL_CHECK(half.una <= half.nxt);
  GIMBAL_CHECK(half.hole_start <= half.hole_end);
  GIMBAL_CHECK(half.hole_start == half.hole_end || half.hole_start >= half.una);
  GIMBAL_CHECK(half.hole_start == half.hole_end || half.hole_end <= half.nxt);
  GIMBAL_CHECK(half.window <= half.max_window);
  GIMBAL_CHECK(half.far.lowest >= Nanos{} && half.near.lowest >= Nanos{});
  if (restarted) return;
  GIMBAL_CHECK(half.una >= before.una);
  GIMBAL_CHECK(half.nxt >= before.nxt);
  GIMBAL_CHECK(half.right_edge >= before.right_edge);
  GIMBAL_CHECK(half.bytes >= before.bytes);
}

void check_step(const Conversation& now, const Conversation& before, const Observation& seen) {
  GIMBAL_CHECK(now.state < TcpState::unexpected);
  GIMBAL_CHECK(!to_string(seen.kind).empty());
  GIMBAL_CHECK(now.closed || !before.closed);
  GIMBAL_CHECK(!seen.ends || now.closed);
  if (!seen.acceptable) {
    GIMBAL_CHECK(same_but_challenge(before, now));
    GIMBAL_CHECK(seen.newly_acked == 0 && seen.new_bytes == 0 && !seen.ends);
    return;
  }
  // Numbers begin with the first packet of a flow and with each new SYN before it is answered.
  const bool restarted = before.state <= TcpState::syn_sent;
  for (std::size_t i = 0; i < kSideCount; ++i)
    check_half(now.halves[i], before.halves[i], restarted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Conversation conversation;
  Instant now{1};
  for (; size >= kStepBytes; bytes += kStepBytes, size -= kStepBytes) {
    const Side from = (bytes[0] & 1U) != 0 ? Side::server : Side::client;
    now = now + Nanos::millis((bytes[0] >> 1) & 31U) * ((bytes[0] & 32U) != 0 ? 100'000 : 1);
    const Segment segment = read_segment(bytes, conversation, from);
    const Conversation before = conversation;
    const Observation seen = observe(conversation, from, segment, now);
    check_step(conversation, before, seen);
    if (seen.kind == SegmentKind::port_reuse) conversation = Conversation{};
  }
  return 0;
}
