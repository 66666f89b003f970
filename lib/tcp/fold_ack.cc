#include <algorithm>

#include "tcp/fold.h"

namespace gimbal {
namespace {

constexpr std::uint16_t kDupAckCeiling = UINT16_MAX;

// RFC 2883 4: the first block reports a duplicate when it lies below the acknowledgment, or inside
// the second block.
bool find_dsack(const Segment& segment, SackBlock& dsack) noexcept {
  const TcpOptions& options = segment.options;
  if (options.sack_count == 0) return false;
  const SackBlock first = options.sack[0];
  if (first.start >= first.end) return false;
  const SackBlock second = options.sack[1];
  const bool below = first.end <= segment.ack;
  const bool inside =
      options.sack_count > 1 && first.start >= second.start && first.end <= second.end;
  if (below || inside) dsack = first;
  return below || inside;
}

// A block above the acknowledgment and not beyond what was sent: anything else is noise or a guess.
bool block_plausible(const HalfFlow& acked, const Segment& segment, SackBlock block) noexcept {
  return block.start < block.end && block.start >= segment.ack && block.end <= acked.nxt;
}

bool has_sack_news(const HalfFlow& acked, const Segment& segment, bool has_dsack) noexcept {
  for (std::size_t i = has_dsack ? 1 : 0; i < segment.options.sack_count; ++i)
    if (block_plausible(acked, segment, segment.options.sack[i])) return true;
  return false;
}

// The timed segment is at the receiver: acknowledged, or shown in a SACK block. The blocks matter:
// behind a hole the cumulative ACK would time the hole and not the path.
bool reports_mark(const HalfFlow& acked, const Segment& segment) noexcept {
  if (segment.ack >= acked.far_mark) return true;
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    const SackBlock block = segment.options.sack[i];
    if (block_plausible(acked, segment, block) && block.start < acked.far_mark &&
        block.end >= acked.far_mark)
      return true;
  }
  return false;
}

void sample_far(Conversation& conversation, Side from, const Segment& segment, Instant now,
                Observation& seen) noexcept {
  HalfFlow& acked = conversation.half(opposite(from));
  if (!acked.far_mark_set || !reports_mark(acked, segment)) return;
  acked.far_mark_set = false;
  seen.has_far_rtt = true;
  seen.far_rtt = now - acked.far_mark_at;
  fold_rtt(acked.far, seen.far_rtt);
  if (acked.una != acked.isn || conversation.midstream) return;
  // The SYN's own sample is of the bare path, without delayed ACK or queue, and times the near leg
  // of the other direction as well: it is the same cable.
  conversation.handshake_rtt[index(opposite(from))] = ShortSpan{seen.far_rtt};
  seen.has_near_rtt = true;
  seen.near_rtt = seen.far_rtt;
  fold_rtt(conversation.half(from).near, seen.near_rtt);
}

void advance(HalfFlow& acked, Seq32 ack, Observation& seen) noexcept {
  seen.newly_acked = static_cast<std::uint32_t>(ack - acked.una);
  acked.una = ack;
  acked.dup_acks = 0;
  acked.retransmit_high = max(acked.retransmit_high, ack);
  acked.right_edge = max(acked.right_edge, ack);
  acked.hole_start = max(acked.hole_start, ack);
  acked.hole_end = max(acked.hole_end, ack);
}

// An older ACK may carry an older, larger window: only the newest speaks (RFC 9293 3.10.7.4 asks
// SND.WL1 and SND.WL2; between the ends the timestamp tells two equal ones apart).
void fold_window(HalfFlow& acked, const Segment& segment, Observation& seen) noexcept {
  const std::uint32_t shift = segment.flags.syn ? 0U : acked.window_scale;
  const std::uint32_t window = std::uint32_t{segment.window} << shift;
  seen.zero_window = segment.window == 0;
  if (segment.ack < acked.una || (seen.late_timestamp && seen.newly_acked == 0)) return;
  seen.window_changed = acked.window_known && window != acked.window;
  acked.window = window;
  acked.max_window = std::max(acked.max_window, window);
  acked.right_edge = max(acked.right_edge, segment.ack + window);
  acked.window_known = true;
  acked.zero_window = window == 0;
}

SegmentKind classify_ack(const Conversation& conversation, Side from, const Segment& segment,
                         const Observation& seen) noexcept {
  const HalfFlow& acked = conversation.half(opposite(from));
  if (seen.newly_acked > 0) return SegmentKind::pure_ack;
  if (segment.ack < acked.una) return SegmentKind::old_ack;
  if (acked.challenge_due) return SegmentKind::challenge_ack;
  // A lone byte against a closed window is a probe, and its answer says nothing of loss.
  const bool probed = acked.zero_window && acked.in_flight() <= 1;
  const bool same_window = !seen.window_changed;
  if (acked.in_flight() > 0 && !probed &&
      (same_window || has_sack_news(acked, segment, seen.has_dsack)))
    return SegmentKind::duplicate_ack;
  return same_window ? SegmentKind::idle_ack : SegmentKind::window_update;
}

}  // namespace

void fold_rtt(RttEstimate& estimate, Nanos sample) noexcept {
  if (estimate.lowest == Nanos{} || sample < estimate.lowest) estimate.lowest = sample;
  estimate.smoothed =
      estimate.smoothed == Nanos{} ? sample : estimate.smoothed + (sample - estimate.smoothed) / 8;
}

void fold_ack(Conversation& conversation, Side from, const Segment& segment, Instant now,
              Observation& seen) noexcept {
  HalfFlow& acked = conversation.half(opposite(from));
  // Mid-stream an acknowledgment is as good a witness of the data as the data itself.
  if (conversation.midstream) acked.nxt = max(acked.nxt, segment.ack);
  seen.has_dsack = find_dsack(segment, seen.dsack);
  if (conversation.midstream && segment.options.sack_count > 0) acked.sack_permitted = true;

  sample_far(conversation, from, segment, now, seen);
  if (segment.ack > acked.una) advance(acked, segment.ack, seen);
  fold_window(acked, segment, seen);
  if (!segment.is_pure_ack()) return;

  seen.kind = classify_ack(conversation, from, segment, seen);
  if (seen.kind == SegmentKind::challenge_ack) acked.challenge_due = false;
  if (seen.kind == SegmentKind::duplicate_ack && acked.dup_acks < kDupAckCeiling) ++acked.dup_acks;
}

}  // namespace gimbal
