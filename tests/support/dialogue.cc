#include "support/dialogue.h"

#include <sstream>

#include "support/catch.h"

namespace gimbal::testing {
namespace {

Segment between_hosts(const Segment& segment, Side from) {
  Segment turned = segment;
  if (from == Side::server) std::swap(turned.source, turned.destination);
  return turned;
}

void flag(std::ostringstream& line, bool set, const char* name) {
  if (set) line << ' ' << name;
}

void describe_half(std::ostringstream& text, const HalfFlow& half, Instant origin) {
  const auto at = [&](Seq32 seq) { return seq - half.isn; };
  text << "una " << at(half.una) << " nxt " << at(half.nxt) << " edge " << at(half.right_edge)
       << " twice " << at(half.retransmit_high) << " hole " << at(half.hole_start) << '-'
       << at(half.hole_end) << " window " << half.window << '/' << half.max_window << " shift "
       << int{half.window_scale} << " mss " << half.mss << " ts " << half.ts_value << '/'
       << half.ts_echo << " anchor " << half.ts_anchor << '@' << half.ts_anchor_age.nanos().count()
       << " tick " << half.ts_tick.nanos().count() << " segments " << half.segments << " again "
       << half.retransmissions << " late " << half.reordered << " bytes " << half.bytes << " dup "
       << half.dup_acks << " near " << half.near.smoothed.count() << '/' << half.near.lowest.count()
       << " far " << half.far.smoothed.count() << '/' << half.far.lowest.count();
  if (half.fin_seen) text << " fin " << at(half.fin_seq);
  if (half.far_mark_set)
    text << " far_mark " << at(half.far_mark) << '@' << (half.far_mark_at - origin).count();
  if (half.near_mark_set)
    text << " near_mark " << half.near_mark << '@' << (half.near_mark_at - origin).count();
  flag(text, half.seen, "seen");
  flag(text, half.scale_known, "scale_known");
  flag(text, half.scale_offered, "scale_offered");
  flag(text, half.sack_permitted, "sack");
  flag(text, half.timestamps, "timestamps");
  flag(text, half.echo_known, "echo_known");
  flag(text, half.zero_window, "zero_window");
  flag(text, half.window_known, "window_known");
  text << '\n';
}

}  // namespace

Dialogue::Dialogue(const std::string& title, Instant start) : start_{start} {
  note("dialogue: " + title);
}

Dialogue::~Dialogue() {
  // Newest first: the messages are a stack.
  while (!shown_.empty()) shown_.pop_back();
}

void Dialogue::note(const std::string& line) {
  transcript_.push_back(line);
  Catch::MessageBuilder message{Catch::StringRef{"INFO"}, CATCH_INTERNAL_LINEINFO,
                                Catch::ResultWas::Info};
  message << line;
  shown_.push_back(std::make_unique<Catch::ScopedMessage>(message));
}

Observation Dialogue::step(Nanos at, Side from, const Segment& segment) {
  const Segment turned = between_hosts(segment, from);
  const Observation seen = observe(conversation_, from, turned, start_ + at);
  std::ostringstream line;
  line << transcript_.size() << ". " << at.to_ms() << " ms "
       << (from == Side::client ? "client > " : "server > ") << describe(turned) << "  =>  "
       << describe(seen, conversation_, from) << " [" << to_string(conversation_.state) << ']';
  note(line.str());
  return seen;
}

void Dialogue::forget() {
  conversation_ = Conversation{};
  note(std::to_string(transcript_.size()) + ". forgotten, a new conversation begins");
}

void Dialogue::shake_hands(const Handshake& handshake) {
  SegmentBuilder hello = syn(handshake.client_isn).mss(1460);
  SegmentBuilder answer = syn_ack(handshake.server_isn, handshake.client_isn + 1).mss(1460);
  SegmentBuilder third = ack(handshake.client_isn + 1, handshake.server_isn + 1);
  if (handshake.client_scale >= 0) hello.scale(static_cast<std::uint8_t>(handshake.client_scale));
  if (handshake.server_scale >= 0) answer.scale(static_cast<std::uint8_t>(handshake.server_scale));
  if (handshake.sack) {
    hello.sack_ok();
    answer.sack_ok();
  }
  if (handshake.timestamps) {
    hello.ts(100, 0);
    answer.ts(900, 100);
    third.ts(125, 900);
  }
  client(0_ms, hello);
  server(20_ms, answer);
  client(25_ms, third);
}

std::string describe(const Observation& seen, const Conversation& conversation, Side from) {
  std::ostringstream line;
  line << to_string(seen.kind);
  flag(line, !seen.acceptable, "REFUSED");
  flag(line, seen.retransmission, "retransmission");
  flag(line, seen.fills_hole, "fills_hole");
  flag(line, seen.opens_hole, "opens_hole");
  flag(line, seen.window_changed, "window_changed");
  flag(line, seen.zero_window, "zero_window");
  flag(line, seen.late_timestamp, "late_timestamp");
  flag(line, seen.ece, "ece");
  flag(line, seen.ce, "ce");
  flag(line, seen.application_limited, "application_limited");
  flag(line, seen.starts_established, "starts_established");
  flag(line, seen.ends, "ends");
  if (seen.newly_acked != 0) line << " acked+" << seen.newly_acked;
  if (seen.new_bytes != 0) line << " new+" << seen.new_bytes;
  if (seen.has_near_rtt) line << " near " << seen.near_rtt.to_ms() << "ms";
  if (seen.has_far_rtt) line << " far " << seen.far_rtt.to_ms() << "ms";
  if (seen.has_dsack) {
    const Seq32 isn = conversation.half(opposite(from)).isn;
    line << " dsack " << (seen.dsack.start - isn) << '-' << (seen.dsack.end - isn);
  }
  return line.str();
}

std::string describe(const Conversation& conversation) {
  std::ostringstream text;
  text << to_string(conversation.state) << " idle_since "
       << (conversation.last_seen - conversation.first_seen).count() << " handshake "
       << conversation.handshake_rtt[0].nanos().count() << '/'
       << conversation.handshake_rtt[1].nanos().count();
  flag(text, conversation.midstream, "midstream");
  flag(text, conversation.untouchable, "untouchable");
  flag(text, conversation.closed, "closed");
  text << "\nclient: ";
  describe_half(text, conversation.half(Side::client), conversation.first_seen);
  text << "server: ";
  describe_half(text, conversation.half(Side::server), conversation.first_seen);
  return text.str();
}

}  // namespace gimbal::testing
