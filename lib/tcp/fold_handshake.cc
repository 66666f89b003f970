#include <algorithm>

#include "tcp/fold.h"

namespace gimbal {
namespace {

// RFC 9293 3.7.1: what a host may send to one that announced no MSS.
constexpr std::uint16_t kDefaultMss4 = 536;
constexpr std::uint16_t kDefaultMss6 = 1220;

void start_numbers(HalfFlow& half, Seq32 seq) noexcept {
  half.isn = half.una = half.nxt = half.retransmit_high = seq;
  half.hole_start = half.hole_end = half.right_edge = seq;
}

// Options count only when both SYNs carried them (RFC 7323 2.2 and 3.2, RFC 2018 2). A shift that
// was not agreed is known too: it is zero.
void agree(Conversation& conversation) noexcept {
  HalfFlow& client = conversation.half(Side::client);
  HalfFlow& server = conversation.half(Side::server);
  const bool scaled = client.scale_offered && server.scale_offered;
  const bool sack = client.sack_permitted && server.sack_permitted;
  const bool timestamps = client.timestamps && server.timestamps;
  for (HalfFlow* half : {&client, &server}) {
    if (!scaled) half->window_scale = 0;
    half->scale_known = true;
    half->sack_permitted = sack;
    half->timestamps = timestamps;
  }
}

// A SYN speaks for both directions: its own numbers, and what it will take of the other's data.
void note_offer(HalfFlow& half, HalfFlow& reverse, const Segment& segment) noexcept {
  const TcpOptions& options = segment.options;
  half.sack_permitted = half.sack_permitted || options.sack_permitted;
  if (options.has_window_scale) {
    reverse.scale_offered = true;
    reverse.window_scale = options.window_scale;
  }
  const std::uint16_t fallback = segment.source.address.is_v4() ? kDefaultMss4 : kDefaultMss6;
  reverse.mss = options.mss == 0 ? fallback : options.mss;
  // Never scaled on a SYN (RFC 7323 2.2). The edge it draws starts at the other's first byte.
  reverse.window = segment.window;
  reverse.max_window = std::max(reverse.max_window, reverse.window);
  reverse.window_known = true;
  reverse.zero_window = segment.window == 0;
  if (reverse.seen) reverse.right_edge = max(reverse.right_edge, reverse.isn + 1 + segment.window);
}

}  // namespace

void fold_midstream(Conversation& conversation, Side from, const Segment& segment) noexcept {
  conversation.midstream = true;
  HalfFlow& half = conversation.half(from);
  start_numbers(half, segment.flags.syn ? segment.seq + 1 : segment.seq);
  half.seen = true;
  if (segment.flags.ack) start_numbers(conversation.half(opposite(from)), segment.ack);
}

void fold_syn(Conversation& conversation, Side from, const Segment& segment, Instant now,
              Observation& seen) noexcept {
  HalfFlow& half = conversation.half(from);
  HalfFlow& reverse = conversation.half(opposite(from));
  if (half.seen && segment.seq == half.isn) {
    // Which copy will be answered? Neither may be timed (Karn).
    seen.retransmission = true;
    half.far_mark_set = false;
    half.retransmit_high = max(half.retransmit_high, segment.end());
    half.nxt = max(half.nxt, segment.end());
    if (!reverse.seen) note_offer(half, reverse, segment);
    return;
  }
  if (half.seen) half = reverse = HalfFlow{};

  start_numbers(half, segment.seq);
  half.seen = true;
  half.nxt = segment.end();
  if (half.window_known) half.right_edge = segment.seq + 1 + half.window;
  half.bytes += segment.payload_length;
  half.segments += segment.payload_length == 0 ? 0U : 1U;
  half.far_mark = segment.seq + 1;
  half.far_mark_at = now;
  half.far_mark_set = true;
  half.timestamps = segment.options.has_timestamps;
  seen.new_bytes = segment.sequence_length();
  note_offer(half, reverse, segment);
  if (reverse.seen) agree(conversation);
}

}  // namespace gimbal
