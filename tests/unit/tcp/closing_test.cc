#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("the client closes first", "[tcp][close]") {
  Dialogue d{"client, then server"};
  d.shake_hands();
  CHECK(d.client(100_ms, fin(1001, 5001)).kind == SegmentKind::fin);
  CHECK(d.state() == TcpState::client_fin_wait_1);
  CHECK(d.client(300_ms, fin(1001, 5001)).retransmission);
  d.server(320_ms, ack(5001, 1002));
  CHECK(d.state() == TcpState::client_fin_wait_2);
  CHECK(d.client_half().fin_acked());
  SECTION("the server still sends for a while (half-close)") {
    CHECK(d.server(400_ms, data(5001, 1000, 1002)).kind == SegmentKind::data);
    CHECK(d.client(405_ms, ack(1002, 6001)).newly_acked == 1000);
    CHECK(d.state() == TcpState::client_fin_wait_2);
    d.server(500_ms, fin(6001, 1002));
    CHECK(d.state() == TcpState::server_last_ack);
    CHECK(d.client(505_ms, ack(1002, 6002)).ends);
  }
  SECTION("the server closes too") {
    d.server(400_ms, fin(5001, 1002));
    CHECK(d.client(405_ms, ack(1002, 5002)).ends);
  }
  SECTION("nothing may follow a FIN") {
    CHECK_FALSE(d.client(400_ms, data(1002, 10, 5001)).acceptable);
    d.server(410_ms, fin(5001, 1002));
    d.client(415_ms, ack(1002, 5002));
  }
  CHECK(d.state() == TcpState::time_wait);
  CHECK(d.conversation().closed);
}

TEST_CASE("the server closes first, FIN and ACK in one segment", "[tcp][close]") {
  Dialogue d{"server, then client"};
  d.shake_hands();
  d.server(100_ms, data(5001, 100, 1001).with_fin());
  CHECK(d.state() == TcpState::server_fin_wait_1);
  CHECK(d.server_half().fin_seq == Seq32{5101});
  d.client(105_ms, fin(1001, 5102));
  CHECK(d.state() == TcpState::client_last_ack);
  const Observation last = d.server(125_ms, ack(5102, 1002));
  CHECK(last.ends);
  CHECK(d.state() == TcpState::time_wait);
  CHECK_FALSE(d.client(300_ms, fin(1001, 5102)).ends);  // once only
}

TEST_CASE("simultaneous close passes through closing (RFC 9293 figure 13)", "[tcp][close]") {
  Dialogue d{"FINs cross"};
  d.shake_hands();
  d.client(100_ms, fin(1001, 5001));
  d.server(101_ms, fin(5001, 1001));
  CHECK(d.state() == TcpState::closing);
  SECTION("server's ACK first") {
    d.server(121_ms, ack(5002, 1002));
    CHECK(d.state() == TcpState::server_last_ack);
    d.client(122_ms, ack(1002, 5002));
  }
  SECTION("client's ACK first") {
    d.client(121_ms, ack(1002, 5002));
    CHECK(d.state() == TcpState::client_last_ack);
    d.server(122_ms, ack(5002, 1002));
  }
  CHECK(d.state() == TcpState::time_wait);
}

TEST_CASE("a FIN that overtook its data closes only when all of it is acknowledged",
          "[tcp][close]") {
  Dialogue d{"FIN before the last data"};
  d.shake_hands();
  d.client(100_ms, fin(1101, 5001));
  CHECK(d.client(101_ms, data(1001, 100, 5001)).fills_hole);
  d.server(120_ms, ack(5001, 1101));
  CHECK(d.state() == TcpState::client_fin_wait_1);
  d.server(121_ms, ack(5001, 1102));
  CHECK(d.state() == TcpState::client_fin_wait_2);
}

TEST_CASE("a reset ends the flow from either side, and what is under way revives nothing",
          "[tcp][close]") {
  for (const Side side : {Side::client, Side::server}) {
    Dialogue d{side == Side::client ? "the client resets" : "the server resets"};
    d.shake_hands();
    const std::uint32_t seq = side == Side::client ? 1001 : 5001;
    const std::uint32_t other = side == Side::client ? 5001 : 1001;
    CHECK(d.step(100_ms, side, rst(seq)).ends);
    CHECK(d.state() == TcpState::reset);
    CHECK_FALSE(d.step(101_ms, opposite(side), data(other, 100, seq)).acceptable);
    CHECK_FALSE(d.step(102_ms, opposite(side), fin(other, seq)).acceptable);
    CHECK_FALSE(d.step(103_ms, side, rst(seq)).ends);
  }
}

TEST_CASE("a reset after FIN ends the flow, a reset in TIME_WAIT does not count (RFC 1337)",
          "[tcp][close]") {
  Dialogue d{"FIN then RST"};
  d.shake_hands();
  d.client(100_ms, fin(1001, 5001));
  SECTION("answer to a FIN") { CHECK(d.server(120_ms, rst_ack(5001, 1002)).ends); }
  SECTION("after both FINs") {
    d.server(120_ms, fin(5001, 1002));
    CHECK(d.client(125_ms, ack(1002, 5002)).ends);
    CHECK_FALSE(d.client(126_ms, rst(1002)).ends);
    CHECK(d.state() == TcpState::time_wait);
  }
}

TEST_CASE("a SYN over an ended connection announces another one", "[tcp][close][reuse]") {
  Dialogue d{"port reuse"};
  d.shake_hands();
  SECTION("after TIME_WAIT") {
    d.client(100_ms, fin(1001, 5001));
    d.server(120_ms, fin(5001, 1002));
    d.client(125_ms, ack(1002, 5002));
    REQUIRE(d.state() == TcpState::time_wait);
  }
  SECTION("after RST") { d.client(100_ms, rst(1001)); }
  const std::string before = describe(d.conversation());
  CHECK(d.client(200_ms, syn(1000)).kind == SegmentKind::unexpected);  // a copy of the first SYN
  const Observation reuse = d.client(1000_ms, syn(90'000));
  CHECK(reuse.kind == SegmentKind::port_reuse);
  CHECK_FALSE(reuse.acceptable);
  CHECK(describe(d.conversation()) == before);
  CHECK(d.server(1001_ms, syn(70'000)).kind == SegmentKind::port_reuse);  // roles may swap
  d.forget();
  d.shake_hands({.client_isn = 90'000, .server_isn = 70'000});
  CHECK(d.state() == TcpState::established);
}

TEST_CASE("idle limits are long where silence is normal and short where floods live",
          "[tcp][idle]") {
  Dialogue d{"a life"};
  CHECK(idle_limit(d.conversation()) == 30_s);
  d.client(0_ms, syn(1000));
  CHECK(idle_limit(d.conversation()) == 30_s);
  d.server(20_ms, syn_ack(5000, 1001));
  CHECK(idle_limit(d.conversation()) == 30_s);
  d.client(25_ms, ack(1001, 5001));
  CHECK(idle_limit(d.conversation()) >= 7440_s);  // RFC 5382 REQ-5: 2 h 4 min
  d.client(100_ms, fin(1001, 5001));
  CHECK(idle_limit(d.conversation()) == 240_s);
  d.server(120_ms, fin(5001, 1002));
  CHECK(idle_limit(d.conversation()) == 60_s);
  d.client(125_ms, ack(1002, 5002));
  CHECK(idle_limit(d.conversation()) == 60_s);
}

TEST_CASE("a reset flow is forgotten in seconds", "[tcp][idle]") {
  Dialogue d{"reset"};
  d.shake_hands();
  d.client(100_ms, rst(1001));
  CHECK(idle_limit(d.conversation()) == 5_s);
}
