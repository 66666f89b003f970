#include "pipeline/custody_frames.h"

#include <cstring>

namespace gimbal {

namespace {

const Endpoint& endpoint(const Flow& flow, Side side) noexcept {
  return (side == Side::client) == flow.client_is_low ? flow.key.low : flow.key.high;
}

Segment segment_from(const Flow& flow, Side side) noexcept {
  Segment segment;
  segment.source = endpoint(flow, side);
  segment.destination = endpoint(flow, opposite(side));
  segment.vlan = flow.key.vlan;
  return segment;
}

Segment reset_from(const Flow& flow, Side side, Seq32 seq, Seq32 ack) noexcept {
  Segment segment = segment_from(flow, side);
  segment.seq = seq;
  segment.ack = ack;
  segment.flags.rst = true;
  segment.flags.ack = true;
  return segment;
}

}  // namespace

CustodyTerms custody_terms(const Flow& flow, Side sender, std::uint32_t room_packets) noexcept {
  const Conversation& conversation = flow.conversation;
  const HalfFlow& data = conversation.half(sender);
  const HalfFlow& back = conversation.half(opposite(sender));
  CustodyTerms terms;
  terms.policy = flow.treatment.custody;
  terms.possible = flow.treatment.mode == Mode::repair && !conversation.midstream &&
                   !conversation.untouchable && data.scale_known && data.window_known &&
                   data.sack_permitted;
  terms.window_scale = data.window_scale;
  terms.timestamps = back.timestamps;
  terms.ts_value = back.ts_value;
  terms.ts_echo = back.ts_echo;
  terms.right_edge = data.right_edge;
  terms.peer_seq = back.nxt;
  terms.mss = data.mss;
  terms.room_packets = room_packets;
  terms.near_rtt = ShortSpan{data.near.lowest};
  return terms;
}

Segment early_ack_segment(const Flow& flow, Side sender, const EarlyAck& early) noexcept {
  Segment segment = segment_from(flow, opposite(sender));
  segment.seq = early.seq;
  segment.ack = early.ack;
  segment.window = early.window;
  segment.flags.ack = true;
  segment.flags.ece = early.ece;
  segment.flags.cwr = early.cwr;
  segment.flags.ae = early.ae;
  segment.options.has_timestamps = early.has_timestamps;
  segment.options.ts_value = early.ts_value;
  segment.options.ts_echo = early.ts_echo;
  return segment;
}

CustodyResets custody_resets(const Flow& flow, Side sender,
                             const Repair::ResetPoint& point) noexcept {
  return {reset_from(flow, opposite(sender), point.to_sender, point.acked),
          {reset_from(flow, sender, point.to_receiver, point.to_sender),
           reset_from(flow, sender, point.sent_end, point.to_sender)}};
}

MacAddresses macs_along(const Packet& data) noexcept {
  MacAddresses macs;
  std::memcpy(macs.destination.data(), data.data, macs.destination.size());
  std::memcpy(macs.source.data(), data.data + 6, macs.source.size());
  return macs;
}

MacAddresses macs_back(const Packet& data) noexcept {
  const MacAddresses along = macs_along(data);
  return {along.source, along.destination};
}

}  // namespace gimbal
