#include <algorithm>

#include "tcp/fold.h"

namespace gimbal {
namespace {

constexpr std::uint32_t kTimestampBytes = 12;  // RFC 7323 appendix A: padded to whole words.

bool has_hole(const HalfFlow& half) noexcept { return half.hole_start != half.hole_end; }

// One gap is remembered, the oldest: it is the one the receiver waits for. What arrives inside it
// is a first copy.
bool fill_hole(HalfFlow& half, Seq32 start, Seq32 end) noexcept {
  if (!has_hole(half) || end <= half.hole_start || start >= half.hole_end) return false;
  if (start <= half.hole_start)
    half.hole_start = min(end, half.hole_end);
  else
    half.hole_end = start;  // Split: the lower part is kept.
  return true;
}

void pass_new(HalfFlow& half, const Segment& segment, Instant now, Observation& seen) noexcept {
  const Seq32 end = segment.end();
  seen.new_bytes = static_cast<std::uint32_t>(end - half.nxt);
  if (segment.seq > half.nxt) {
    seen.opens_hole = true;
    if (!has_hole(half)) {
      half.hole_start = half.nxt;
      half.hole_end = segment.seq;
    }
  }
  if (segment.seq < half.nxt) {
    // Repacketised: the front of it passed before.
    half.retransmit_high = max(half.retransmit_high, half.nxt);
  } else if (!half.far_mark_set && segment.payload_length > 0) {
    half.far_mark = end;
    half.far_mark_at = now;
    half.far_mark_set = true;
  }
  half.nxt = end;
}

// All of it lies below `nxt`: a copy, or a first copy that was overtaken. Where no gap is
// remembered the sender's clock decides: a copy is stamped later than what it follows (the idea of
// Eifel, RFC 3522).
void pass_old(HalfFlow& half, const Segment& segment, Observation& seen) noexcept {
  const Seq32 end = segment.end();
  const bool overtaken = seen.late_timestamp && segment.seq >= half.una;
  if (fill_hole(half, segment.seq, end) || overtaken) {
    seen.fills_hole = true;
    ++half.reordered;
  } else {
    seen.retransmission = true;
    half.retransmit_high = max(half.retransmit_high, end);
    half.retransmissions += segment.payload_length > 0 ? 1U : 0U;
  }
  // The acknowledgment of the timed segment will have waited for this one.
  if (segment.seq < half.far_mark) half.far_mark_set = false;
}

void pass_fin(HalfFlow& half, const Segment& segment) noexcept {
  half.fin_seen = true;
  half.fin_seq = segment.end() - 1;
}

}  // namespace

void fold_payload(Conversation& conversation, Side from, const Segment& segment, Instant now,
                  Observation& seen) noexcept {
  HalfFlow& half = conversation.half(from);
  const bool first_heard = !half.seen;
  half.seen = true;
  if (segment.sequence_length() == 0) return;
  if (first_heard && segment.seq > half.nxt) half.nxt = segment.seq;

  // Options come out of the MSS (RFC 6691).
  const std::uint32_t carried =
      segment.payload_length + (segment.options.has_timestamps ? kTimestampBytes : 0);
  seen.application_limited = segment.flags.psh && segment.payload_length > 0 && carried < half.mss;
  if (segment.payload_length > 0) {
    half.bytes += segment.payload_length;
    ++half.segments;
    if (conversation.midstream)
      half.mss = static_cast<std::uint16_t>(
          std::min(std::max(segment.payload_length, std::uint32_t{half.mss}), 65535U));
  }
  if (segment.end() > half.nxt)
    pass_new(half, segment, now, seen);
  else
    pass_old(half, segment, seen);
  if (segment.flags.fin) pass_fin(half, segment);
  seen.kind = segment.flags.fin     ? SegmentKind::fin
              : seen.retransmission ? SegmentKind::retransmission
                                    : SegmentKind::data;
}

}  // namespace gimbal
