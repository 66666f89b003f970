#include "tcp/judge.h"

#include <algorithm>

namespace gimbal {
namespace {

// The largest window TCP can have (RFC 7323 2.2). Mid-stream the scale is unknown, so this is all
// that can be asked of a number there.
constexpr std::uint32_t kLargestWindow = 1U << 30;
constexpr Nanos kTimestampTrust = Nanos::seconds(30 * 60);

constexpr Judgement refuse(SegmentKind kind) noexcept {
  return {TcpState::unexpected, kind, false};
}

// How far behind `una` a number may lie and still be an old copy rather than a guess:
// MAX.SND.WND of RFC 5961 5.2, at least the one byte of a keepalive.
std::uint32_t reach_back(const Conversation& conversation, const HalfFlow& half) noexcept {
  return conversation.midstream ? kLargestWindow : std::max(half.max_window, 1U);
}

// RFC 9293 3.10.7.4, first check, from between the ends. The sender knows no right edge we do not
// know, so anything beyond the highest one is not its own; one byte beyond is a window probe.
bool sequence_plausible(const Conversation& conversation, const HalfFlow& half,
                        const Segment& segment) noexcept {
  if (segment.seq < half.una - reach_back(conversation, half)) return false;
  if (half.fin_seen && segment.end() > half.fin_seq + 1) return false;
  if (conversation.midstream) return segment.end() <= half.nxt + kLargestWindow;
  const Seq32 limit = max(half.right_edge, half.nxt);
  const bool probe = segment.payload_length == 1 && segment.seq == half.right_edge;
  // A FIN takes a sequence number but no buffer: stacks send it against a full window.
  const bool bare_fin = segment.flags.fin && segment.payload_length == 0;
  return segment.end() <= limit + (probe || bare_fin ? 1U : 0U);
}

// RFC 5961 5.2: SND.UNA - MAX.SND.WND <= SEG.ACK <= SND.NXT. While the SYN is unacknowledged only
// its acknowledgment will do (RFC 9293 3.10.7.4, SYN-RECEIVED).
bool ack_plausible(const Conversation& conversation, const HalfFlow& acked,
                   const Segment& segment) noexcept {
  const bool in_handshake = conversation.state == TcpState::syn_received ||
                            conversation.state == TcpState::server_fin_wait_1;
  if (in_handshake && !conversation.midstream && acked.una == acked.isn)
    return segment.ack > acked.una && segment.ack <= acked.nxt;
  if (segment.ack < acked.una - reach_back(conversation, acked)) return false;
  return segment.ack <= acked.nxt + (conversation.midstream ? kLargestWindow : 0);
}

// PAWS as the receiver applies it (RFC 7323 5.3 R1). The newest TSecr it sent is a lower bound of
// its TS.Recent, so what is refused here is surely refused there. Bare ACKs are exempt: they may be
// overtaken on the way, and hosts let them pass.
bool timestamp_plausible(const Conversation& conversation, Side from, const Segment& segment,
                         Instant now) noexcept {
  if (!segment.options.has_timestamps || segment.sequence_length() == 0) return true;
  const HalfFlow& other = conversation.half(opposite(from));
  if (!conversation.half(from).timestamps || !other.echo_known) return true;
  if (!timestamps_comparable(conversation, now)) return true;
  return !timestamp_before(segment.options.ts_value, other.ts_echo);
}

Judgement judge_rst(const Conversation& conversation, Side from, const Segment& segment) noexcept {
  const HalfFlow& half = conversation.half(from);
  const HalfFlow& other = conversation.half(opposite(from));
  bool believed = segment.seq >= half.una && segment.seq <= half.nxt;
  // Nothing of its own to match: it must prove that it saw the SYN (RFC 9293 3.10.7.3).
  if (!half.seen && !conversation.midstream)
    believed = segment.flags.ack && segment.ack > other.isn && segment.ack <= other.nxt;
  if (!believed) return refuse(SegmentKind::rst);
  return {next_state(conversation.state, from, SegmentEvent::rst), SegmentKind::rst, true};
}

Judgement judge_syn(const Conversation& conversation, Side from, const Segment& segment) noexcept {
  const HalfFlow& half = conversation.half(from);
  const TcpState next = next_state(conversation.state, from, SegmentEvent::syn);
  const bool copy = half.seen && segment.seq == half.isn;
  if (next == TcpState::closed)
    return refuse(copy ? SegmentKind::unexpected : SegmentKind::port_reuse);
  // A client may give up its SYN and try another number as long as nobody has answered.
  const bool unanswered = conversation.state == TcpState::syn_sent;
  if (next == TcpState::unexpected || (!copy && !unanswered))
    return refuse(SegmentKind::unexpected);
  return {next, SegmentKind::handshake_syn, true};
}

Judgement judge_syn_ack(const Conversation& conversation, Side from,
                        const Segment& segment) noexcept {
  const HalfFlow& half = conversation.half(from);
  const HalfFlow& other = conversation.half(opposite(from));
  const TcpState next = next_state(conversation.state, from, SegmentEvent::syn_ack);
  const bool answers = segment.ack > other.isn && segment.ack <= other.nxt;
  // Mid-stream no SYN was seen to compare with, and the numbers are long past it.
  const bool fits = half.seen ? segment.seq == half.isn : !conversation.midstream;
  if (next == TcpState::unexpected || !answers || !fits) return refuse(SegmentKind::unexpected);
  return {next, SegmentKind::handshake_syn_ack, true};
}

}  // namespace

bool timestamps_comparable(const Conversation& conversation, Instant now) noexcept {
  return now - conversation.last_seen < kTimestampTrust;
}

SegmentEvent classify_event(const Conversation& conversation, Side from,
                            const Segment& segment) noexcept {
  const TcpFlags& flags = segment.flags;
  if (flags.syn + flags.fin + flags.rst > 1) return SegmentEvent::other;
  if (flags.rst) return SegmentEvent::rst;
  if (flags.syn) return flags.ack ? SegmentEvent::syn_ack : SegmentEvent::syn;
  if (!flags.ack) return SegmentEvent::other;
  const HalfFlow& acked = conversation.half(opposite(from));
  const bool covers_fin = acked.fin_seen && segment.ack > acked.fin_seq;
  return covers_fin ? SegmentEvent::ack_of_fin : SegmentEvent::ack;
}

Judgement judge(const Conversation& conversation, Side from, const Segment& segment,
                Instant now) noexcept {
  const SegmentEvent event = classify_event(conversation, from, segment);
  if (event == SegmentEvent::other) return refuse(SegmentKind::unexpected);
  if (event == SegmentEvent::rst) return judge_rst(conversation, from, segment);
  if (event == SegmentEvent::syn) return judge_syn(conversation, from, segment);
  if (event == SegmentEvent::syn_ack) return judge_syn_ack(conversation, from, segment);

  // Asked first: before the handshake there are no windows to compare with. An ACK that meets a SYN
  // comes from an end that still holds an older connection (RFC 9293 3.5.1, half-open).
  if (next_state(conversation.state, from, SegmentEvent::ack) == TcpState::unexpected)
    return refuse(conversation.state == TcpState::syn_sent && from == Side::server
                      ? SegmentKind::challenge_ack
                      : SegmentKind::unexpected);
  if (!sequence_plausible(conversation, conversation.half(from), segment) ||
      !ack_plausible(conversation, conversation.half(opposite(from)), segment) ||
      !timestamp_plausible(conversation, from, segment, now))
    return refuse(SegmentKind::out_of_window);

  TcpState next = next_state(conversation.state, from, event);
  if (segment.flags.fin) next = next_state(next, from, SegmentEvent::fin);
  if (next == TcpState::unexpected) return refuse(SegmentKind::unexpected);
  return {next, SegmentKind::pure_ack, true};
}

}  // namespace gimbal
