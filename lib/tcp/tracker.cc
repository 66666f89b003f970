#include "tcp/tracker.h"

#include <array>

#include "tcp/fold.h"
#include "tcp/judge.h"

namespace gimbal {
namespace {

constexpr std::array<std::string_view, kSegmentKindCount> kKindNames{
    "handshake_syn", "handshake_syn_ack", "data",          "retransmission",
    "pure_ack",      "duplicate_ack",     "window_update", "idle_ack",
    "keepalive",     "zero_window_probe", "fin",           "rst",
    "challenge_ack", "old_ack",           "out_of_window", "midstream",
    "port_reuse",    "unexpected"};

bool is_handshake(TcpState state) noexcept {
  return state == TcpState::syn_sent || state == TcpState::simultaneous_open ||
         state == TcpState::syn_received;
}

bool is_over(TcpState state) noexcept {
  return state == TcpState::time_wait || state == TcpState::reset;
}

// Segments sent to draw an answer, not to carry bytes. They are neither data nor duplicate ACKs and
// must never be held (a lost one costs the connection). A keepalive repeats the last acknowledged
// sequence number (RFC 9293 3.8.4); Linux probes a closed window the same way, others send the next
// byte (RFC 9293 3.8.6.1).
bool is_probe(const HalfFlow& half, const Segment& segment, SegmentKind& kind) noexcept {
  if (segment.payload_length > 1 || segment.flags.fin || segment.flags.syn || segment.flags.rst)
    return false;
  const bool idle = half.una == half.nxt;
  const bool before_una = segment.seq + 1 == half.una && (segment.payload_length == 0 || idle);
  const bool next_byte = half.zero_window && half.in_flight() <= 1 && segment.payload_length == 1 &&
                         segment.seq == half.una;
  if (!before_una && !next_byte) return false;
  kind = half.zero_window ? SegmentKind::zero_window_probe : SegmentKind::keepalive;
  return true;
}

// What can be told from the segment alone.
Observation describe(const Segment& segment) noexcept {
  Observation seen;
  seen.ece = segment.flags.ece && !segment.flags.syn;
  seen.ce = segment.ecn == 3;
  return seen;
}

void fold_data_transfer(Conversation& conversation, Side from, const Segment& segment, Instant now,
                        Observation& seen) noexcept {
  HalfFlow& half = conversation.half(from);
  SegmentKind probe_kind{};
  const bool probe = is_probe(half, segment, probe_kind);
  fold_ack(conversation, from, segment, now, seen);
  if (probe) {
    half.seen = true;
    half.nxt = max(half.nxt, segment.end());
    seen.kind = probe_kind;
    return;
  }
  fold_payload(conversation, from, segment, now, seen);
}

// The first packet. A SYN starts a conversation; anything else with an acknowledgment is taken up
// as it is and only watched.
Judgement judge_first(const Conversation& conversation, Side from,
                      const Segment& segment) noexcept {
  const SegmentEvent event = classify_event(conversation, from, segment);
  TcpState next = next_state(TcpState::closed, from, event);
  if (segment.flags.fin && next == TcpState::established)
    next = next_state(next, from, SegmentEvent::fin);
  return {next, SegmentKind::unexpected, next != TcpState::unexpected};
}

void fold(Conversation& conversation, Side from, const Segment& segment, Instant now, bool first,
          Observation& seen) noexcept {
  const bool opening = first && !(segment.flags.syn && !segment.flags.ack);
  if (opening) fold_midstream(conversation, from, segment);

  if (segment.flags.rst) {
    seen.kind = SegmentKind::rst;
    return;
  }
  conversation.untouchable = conversation.untouchable || segment.options.untouchable;
  if (segment.flags.syn && !opening) {
    fold_syn(conversation, from, segment, now, seen);
    fold_timestamps(conversation, from, segment, now, seen);
    if (segment.flags.ack) fold_ack(conversation, from, segment, now, seen);
    seen.kind = segment.flags.ack ? SegmentKind::handshake_syn_ack : SegmentKind::handshake_syn;
    return;
  }
  fold_timestamps(conversation, from, segment, now, seen);
  fold_data_transfer(conversation, from, segment, now, seen);
  if (opening) seen.kind = SegmentKind::midstream;
}

}  // namespace

std::string_view to_string(SegmentKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

Observation observe(Conversation& conversation, Side from, const Segment& segment,
                    Instant now) noexcept {
  Observation seen = describe(segment);
  const bool first = conversation.state == TcpState::closed;
  const Judgement judgement =
      first ? judge_first(conversation, from, segment) : judge(conversation, from, segment, now);
  if (!judgement.acceptable) {
    seen.kind = judgement.refused_as;
    HalfFlow& half = conversation.half(from);
    seen.retransmission = segment.flags.syn && half.seen && segment.seq == half.isn;
    if (!first && seen.kind != SegmentKind::challenge_ack && seen.kind != SegmentKind::port_reuse)
      half.challenge_due = true;
    return seen;
  }

  seen.acceptable = true;
  if (first) conversation.first_seen = conversation.last_seen = now;
  fold(conversation, from, segment, now, first, seen);

  const TcpState before = conversation.state;
  conversation.last_seen = now;
  conversation.state = judgement.next;
  seen.starts_established =
      is_handshake(before) && !is_handshake(judgement.next) && judgement.next != TcpState::reset;
  seen.ends = !is_over(before) && is_over(judgement.next);
  conversation.closed = conversation.closed || seen.ends;
  return seen;
}

}  // namespace gimbal
