#include "tcp/conversation.h"

namespace gimbal {
namespace {

// Longer than the first gaps of SYN retransmission (1, 2, 4, 8, 16 s), short enough that a SYN
// flood holds an entry half a minute and no more.
constexpr Nanos kHandshake = Nanos::seconds(30);
// RFC 5382 REQ-5: a middlebox keeps an established connection at least 2 hours 4 minutes, so that a
// keepalive at the host's default interval of 2 hours (RFC 9293 3.8.4) still finds it.
constexpr Nanos kEstablished = Nanos::seconds((2 * 60 + 4) * 60);
// RFC 5382 REQ-5 for the "transitory" states: the open half may still be in use.
constexpr Nanos kHalfClosed = Nanos::seconds(4 * 60);
// Both FINs have passed: what is missing is one ACK, repeated within the sender's RTO (at most 60 s
// by RFC 6298 2.5); afterwards, 2 MSL as hosts implement it.
constexpr Nanos kClosing = Nanos::seconds(60);
// The other side's packets under way when the RST passed are dead within an RTT or two.
constexpr Nanos kReset = Nanos::seconds(5);
// Nothing is repaired there, so little is lost, and any single forged packet can open one.
constexpr Nanos kMidstream = Nanos::seconds(5 * 60);
constexpr Nanos kMidstreamOneSided = Nanos::seconds(30);

Nanos midstream_limit(const Conversation& conversation) noexcept {
  const bool both = conversation.half(Side::client).seen && conversation.half(Side::server).seen;
  return both ? kMidstream : kMidstreamOneSided;
}

}  // namespace

Nanos idle_limit(const Conversation& conversation) noexcept {
  switch (conversation.state) {
    case TcpState::closed:
    case TcpState::syn_sent:
    case TcpState::simultaneous_open:
    case TcpState::syn_received:
    case TcpState::unexpected:
      return kHandshake;
    case TcpState::established:
      return conversation.midstream ? midstream_limit(conversation) : kEstablished;
    case TcpState::client_fin_wait_1:
    case TcpState::client_fin_wait_2:
    case TcpState::server_fin_wait_1:
    case TcpState::server_fin_wait_2:
      return kHalfClosed;
    case TcpState::closing:
    case TcpState::client_last_ack:
    case TcpState::server_last_ack:
    case TcpState::time_wait:
      return kClosing;
    case TcpState::reset:
      return kReset;
  }
  return kHandshake;
}

}  // namespace gimbal
