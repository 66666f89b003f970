#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("a flow seen from the middle is tracked, and never with a guessed scale",
          "[tcp][midstream]") {
  Dialogue d{"data first"};
  const Observation first = d.client(0_ms, data(1001, 500, 5001).window(100));
  CHECK(first.kind == SegmentKind::midstream);
  CHECK(first.acceptable);
  CHECK(d.state() == TcpState::established);
  CHECK(d.conversation().midstream);
  CHECK_FALSE(d.client_half().scale_known);
  CHECK(d.server_half().window == 100);
  CHECK(idle_limit(d.conversation()) == 30_s);
  // Far beyond the raw window: the scale is not known, so it must be allowed.
  CHECK(d.server(10_ms, data(5001, 60'000, 1501)).kind == SegmentKind::data);
  CHECK(d.client_half().una == Seq32{1501});
  CHECK(d.conversation().handshake_rtt[index(Side::client)].is_zero());
  CHECK(d.client_half().far.lowest == 10_ms);
  CHECK(idle_limit(d.conversation()) == 300_s);
}

TEST_CASE("mid-stream an ACK tells of data that passed before us", "[tcp][midstream]") {
  Dialogue d{"the first packet is an ACK"};
  d.server(0_ms, ack(5001, 1001));
  CHECK(d.state() == TcpState::closed);  // the first sender is the client, by definition
  d.client(0_ms, ack(5001, 1001));
  CHECK(d.client(10_ms, ack(5001, 9001)).newly_acked == 8000);
  CHECK(d.server_half().nxt == Seq32{9001});
  CHECK(d.server_half().in_flight() == 0);
  const Observation heard = d.server(20_ms, data(12'001, 1000, 5001));
  CHECK(heard.kind == SegmentKind::data);
  CHECK_FALSE(heard.opens_hole);  // we had not listened yet
  CHECK(d.server_half().nxt == Seq32{13'001});
}

TEST_CASE("a SYN-ACK without its SYN is a flow from the middle", "[tcp][midstream]") {
  Dialogue d{"the SYN took another way"};
  CHECK(d.client(0_ms, syn_ack(5000, 1001).scale(7)).kind == SegmentKind::midstream);
  CHECK_FALSE(d.client_half().scale_known);
  CHECK(d.server(5_ms, ack(1001, 5001)).acceptable);
  CHECK(d.server(6_ms, data(1001, 10, 5001)).kind == SegmentKind::data);
}

TEST_CASE("mid-stream a SYN-ACK cannot restart the numbers", "[tcp][midstream][security]") {
  Dialogue d{"forged SYN-ACK from the side not heard yet"};
  d.client(0_ms, data(1001, 500, 5001));
  CHECK_FALSE(d.server(5_ms, syn_ack(777'000, 1501)).acceptable);
  CHECK(d.server(6_ms, data(5001, 10, 1501)).acceptable);
}

TEST_CASE("mid-stream closing and resetting end the flow too", "[tcp][midstream]") {
  Dialogue d{"tail of a connection"};
  SECTION("FIN") {
    d.client(0_ms, fin(1001, 5001));
    CHECK(d.state() == TcpState::client_fin_wait_1);
    d.server(5_ms, fin(5001, 1002));
    CHECK(d.client(6_ms, ack(1002, 5002)).ends);
  }
  SECTION("RST alone") { CHECK(d.client(0_ms, rst(1001)).ends); }
  SECTION("RST out of nowhere") {
    d.client(0_ms, data(1001, 10, 5001));
    CHECK_FALSE(d.server(5_ms, rst(99)).acceptable);
    CHECK(d.server(6_ms, rst(5001)).ends);
  }
}

TEST_CASE("a packet no TCP sends starts nothing", "[tcp][midstream]") {
  Dialogue d{"scan"};
  CHECK_FALSE(d.client(0_ms, ack(1, 1).no_ack()).acceptable);
  CHECK_FALSE(d.client(0_ms, fin(1, 1).no_ack()).acceptable);
  CHECK_FALSE(d.client(0_ms, syn(1).with_fin()).acceptable);
  CHECK(d.state() == TcpState::closed);
}
