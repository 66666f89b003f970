#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("a handshake times both legs and opens the windows", "[tcp][handshake]") {
  Dialogue d{"three-way handshake"};
  CHECK(d.client(0_ms, syn(1000).mss(1460).scale(7).sack_ok()).kind == SegmentKind::handshake_syn);
  CHECK(d.state() == TcpState::syn_sent);
  const Observation answer =
      d.server(20_ms, syn_ack(5000, 1001).mss(1400).scale(9).sack_ok().window(1000));
  CHECK(answer.kind == SegmentKind::handshake_syn_ack);
  REQUIRE(answer.has_far_rtt);
  CHECK(answer.far_rtt == 20_ms);
  const Observation third = d.client(25_ms, ack(1001, 5001).window(500));
  CHECK(third.kind == SegmentKind::pure_ack);
  CHECK(third.starts_established);
  CHECK(third.far_rtt == 5_ms);
  CHECK(d.state() == TcpState::established);
  CHECK_FALSE(d.conversation().midstream);
  CHECK(d.conversation().handshake_rtt[index(Side::client)].nanos() == 20_ms);
  CHECK(d.conversation().handshake_rtt[index(Side::server)].nanos() == 5_ms);
  // Each leg is near for one direction of data and far for the other.
  CHECK(d.client_half().near.smoothed == 5_ms);
  CHECK(d.client_half().far.smoothed == 20_ms);
  CHECK(d.client_half().mss == 1400);
  CHECK(d.server_half().mss == 1460);
  CHECK(d.client_half().right_edge == Seq32{2001});                 // SYN-ACK: never scaled
  CHECK(d.server_half().right_edge == Seq32{1000 + 65535 + 4001});  // SYN's 65535 was larger
  CHECK(d.server_half().window == 500U << 7);
}

TEST_CASE("an ACK that could answer either copy yields no RTT sample (Karn)", "[tcp][rtt]") {
  Dialogue d{"SYN lost upstream, then retransmitted"};
  d.client(0_ms, syn(0xffff'ffff));  // wraps on the handshake
  CHECK(d.client(1000_ms, syn(0xffff'ffff)).retransmission);
  CHECK_FALSE(d.server(1040_ms, syn_ack(5000, 0)).has_far_rtt);
  CHECK(d.conversation().handshake_rtt[index(Side::client)].is_zero());
  const Observation third = d.client(1041_ms, ack(0, 5001));
  CHECK(third.has_far_rtt);
  CHECK(third.far_rtt == 1_ms);
  CHECK(d.state() == TcpState::established);
}

TEST_CASE("a repeated SYN-ACK is tolerated before and after the handshake", "[tcp][handshake]") {
  Dialogue d{"the client's ACK is lost"};
  d.client(0_ms, syn(1000));
  d.server(20_ms, syn_ack(5000, 1001));
  CHECK(d.server(1020_ms, syn_ack(5000, 1001)).retransmission);
  CHECK(d.state() == TcpState::syn_received);
  CHECK_FALSE(d.client(1025_ms, ack(1001, 5001)).has_far_rtt);
  const Observation late = d.server(1030_ms, syn_ack(5000, 1001));
  CHECK(late.acceptable);
  CHECK(late.retransmission);
  CHECK(d.state() == TcpState::established);
}

TEST_CASE("windows are scaled only when both SYNs offer it (RFC 7323 2.2)", "[tcp][handshake]") {
  SECTION("both") {
    Dialogue d{"scale 7 and 3"};
    d.shake_hands({.client_scale = 7, .server_scale = 3});
    CHECK(d.client_half().scale_known);
    d.server(30_ms, ack(5001, 1001).window(100));
    CHECK(d.client_half().window == 800);
  }
  SECTION("the client alone") {
    Dialogue d{"the server does not scale"};
    d.shake_hands({.client_scale = 7});
    d.client(30_ms, data(1001, 10, 5001).window(100));
    CHECK(d.server_half().scale_known);
    CHECK(d.server_half().window == 100);
  }
  SECTION("the server alone breaks the rule and is not followed") {
    Dialogue d{"scale only on the SYN-ACK"};
    d.shake_hands({.server_scale = 3});
    d.server(30_ms, ack(5001, 1001).window(100));
    CHECK(d.client_half().window == 100);
  }
}

TEST_CASE("SACK and timestamps count only when both SYNs carry them", "[tcp][handshake]") {
  Dialogue d{"one-sided offers"};
  d.client(0_ms, syn(1000).sack_ok().ts(7, 0));
  d.server(20_ms, syn_ack(5000, 1001));
  d.client(25_ms, ack(1001, 5001));
  CHECK_FALSE(d.client_half().sack_permitted);
  CHECK_FALSE(d.server_half().sack_permitted);
  CHECK_FALSE(d.client_half().timestamps);
}

TEST_CASE("a client that gives up its SYN and tries another number is followed",
          "[tcp][handshake]") {
  Dialogue d{"new ISN before any answer"};
  d.client(0_ms, syn(1000).scale(7));
  const Observation again = d.client(3000_ms, syn(777'000).scale(2));
  CHECK(again.acceptable);
  CHECK_FALSE(again.retransmission);
  CHECK_FALSE(d.server(3010_ms, syn_ack(4000, 1001)).acceptable);  // answers the old one
  CHECK(d.server(3020_ms, syn_ack(5000, 777'001).scale(1)).far_rtt == 20_ms);
  d.client(3025_ms, ack(777'001, 5001));
  CHECK(d.state() == TcpState::established);
  CHECK(d.server_half().window_scale == 2);
}

TEST_CASE("simultaneous open ends established (RFC 9293 figure 8)", "[tcp][handshake]") {
  Dialogue d{"both ends dial"};
  d.client(0_ms, syn(1000).scale(4));
  CHECK(d.server(5_ms, syn(5000).scale(5)).kind == SegmentKind::handshake_syn);
  CHECK(d.state() == TcpState::simultaneous_open);
  SECTION("the server answers first") {
    d.server(10_ms, syn_ack(5000, 1001));
    d.client(15_ms, syn_ack(1000, 5001));
  }
  SECTION("the client answers first") {
    d.client(10_ms, syn_ack(1000, 5001));
    d.server(15_ms, syn_ack(5000, 1001));
    d.client(20_ms, ack(1001, 5001));
  }
  CHECK(d.state() == TcpState::established);
  CHECK(d.client_half().una == Seq32{1001});
  CHECK(d.server_half().una == Seq32{5001});
  CHECK(d.client(30_ms, data(1001, 100, 5001)).kind == SegmentKind::data);
  CHECK(d.server(35_ms, ack(5001, 1101)).newly_acked == 100);
  CHECK(d.client_half().window_scale == 5);
}

TEST_CASE("data on the SYN counts from the SYN (RFC 7413)", "[tcp][handshake]") {
  Dialogue d{"fast open"};
  CHECK(d.client(0_ms, syn(1000).payload(300)).new_bytes == 301);
  SECTION("the server takes it and answers before the handshake ends") {
    CHECK(d.server(20_ms, syn_ack(5000, 1301)).newly_acked == 301);
    CHECK(d.server(21_ms, data(5001, 500, 1301)).kind == SegmentKind::data);
    CHECK(d.state() == TcpState::syn_received);
    CHECK(d.client(26_ms, ack(1301, 5501)).newly_acked == 501);
  }
  SECTION("the server takes only the SYN, and the data comes again") {
    CHECK(d.server(20_ms, syn_ack(5000, 1001)).newly_acked == 1);
    CHECK(d.client(26_ms, data(1001, 300, 5001)).kind == SegmentKind::retransmission);
    CHECK(d.server(46_ms, ack(5001, 1301)).newly_acked == 300);
  }
  CHECK(d.state() == TcpState::established);
}

TEST_CASE("a refused connection ends on the RST that names its SYN", "[tcp][handshake]") {
  Dialogue d{"port closed"};
  d.client(0_ms, syn(1000));
  CHECK_FALSE(d.server(5_ms, rst_ack(0, 999)).acceptable);
  CHECK_FALSE(d.server(5_ms, rst(0)).acceptable);
  Segment unset = rst_ack(0, 1001);
  unset.flags.ack = false;  // the number stands there, the flag that gives it meaning does not
  CHECK_FALSE(d.server(5_ms, unset).acceptable);
  const Observation refused = d.server(10_ms, rst_ack(0, 1001));
  CHECK(refused.acceptable);
  CHECK(refused.ends);
  CHECK(d.state() == TcpState::reset);
}

TEST_CASE("a server that still holds an older connection is heard out (RFC 9293 3.5.1)",
          "[tcp][handshake]") {
  Dialogue d{"half-open discovery"};
  d.client(0_ms, syn(1000));
  const Observation challenge = d.server(10_ms, ack(300, 100));
  CHECK(challenge.kind == SegmentKind::challenge_ack);
  CHECK_FALSE(challenge.acceptable);
  CHECK_FALSE(d.server_half().challenge_due);         // nobody challenges a challenge
  CHECK_FALSE(d.client(11_ms, rst(100)).acceptable);  // meant for the old connection
  CHECK(d.state() == TcpState::syn_sent);
  CHECK(d.client(1000_ms, syn(1000)).retransmission);
  CHECK(d.server(1010_ms, syn_ack(5000, 1001)).acceptable);
}

TEST_CASE("a SYN-ACK that does not name the SYN opens nothing", "[tcp][handshake][security]") {
  Dialogue d{"blind SYN-ACK"};
  d.client(0_ms, syn(1000));
  CHECK_FALSE(d.server(1_ms, syn_ack(666, 5)).acceptable);
  CHECK_FALSE(d.server(1_ms, syn_ack(666, 1000)).acceptable);
  CHECK(d.state() == TcpState::syn_sent);
  CHECK(d.server(20_ms, syn_ack(5000, 1001)).acceptable);
}

TEST_CASE("until its SYN is acknowledged the server is not connected",
          "[tcp][handshake][security]") {
  Dialogue d{"blind ACK and blind SYN in SYN-RECEIVED"};
  d.client(0_ms, syn(1000));
  d.server(20_ms, syn_ack(5000, 1001));
  CHECK_FALSE(d.client(21_ms, ack(1001, 5000)).acceptable);
  CHECK_FALSE(d.client(21_ms, data(1001, 10, 4999)).acceptable);
  CHECK_FALSE(d.client(21_ms, ack(1001, 5002)).acceptable);
  CHECK_FALSE(d.client(22_ms, syn(31'000)).acceptable);
  CHECK(d.state() == TcpState::syn_received);
  CHECK(d.client(25_ms, ack(1001, 5001)).starts_established);
}

TEST_CASE("without an MSS option the default of the address family holds", "[tcp][handshake]") {
  Conversation four;
  Conversation six;
  observe(four, Side::client, syn(1), Instant{1});
  observe(six, Side::client, syn(1).from(client_v6()).to(server_v6()), Instant{1});
  CHECK(four.half(Side::server).mss == 536);
  CHECK(six.half(Side::server).mss == 1220);
}

TEST_CASE("signed and multipath flows are marked untouchable", "[tcp][handshake]") {
  Dialogue d{"MD5, TCP-AO or MPTCP"};
  d.client(0_ms, syn(1000).untouchable());
  CHECK(d.conversation().untouchable);
}
