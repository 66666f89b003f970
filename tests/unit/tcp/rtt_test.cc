#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("the far leg is timed from first copies to their acknowledgment", "[tcp][rtt]") {
  Dialogue d{"one sample a round"};
  d.shake_hands();
  d.client(100_ms, data(1001, 500, 5001));
  d.client(101_ms, data(1501, 500, 5001));
  const Observation seen = d.server(128_ms, ack(5001, 2001));
  REQUIRE(seen.has_far_rtt);
  CHECK(seen.far_rtt == 28_ms);
  CHECK(d.client_half().far.lowest == 20_ms);  // the handshake's
  CHECK(d.client_half().far.smoothed == 21_ms);
  CHECK_FALSE(d.server(129_ms, ack(5001, 2001)).has_far_rtt);
}

TEST_CASE("a copy below the timed segment spoils the sample (Karn)", "[tcp][rtt]") {
  Dialogue d{"retransmission"};
  d.shake_hands();
  d.client(100_ms, data(1001, 500, 5001));
  d.client(300_ms, data(1001, 500, 5001));
  CHECK_FALSE(d.server(320_ms, ack(5001, 1501)).has_far_rtt);
  CHECK(d.client_half().retransmit_high == Seq32{1501});
  d.client(330_ms, data(1501, 500, 5001));
  CHECK(d.server(351_ms, ack(5001, 2001)).far_rtt == 21_ms);
}

TEST_CASE("behind a hole the SACK times the path and the cumulative ACK does not",
          "[tcp][rtt][sack]") {
  Dialogue d{"a hole in front of the timed segment"};
  d.shake_hands();
  d.client(100_ms, data(1001, 500, 5001));
  d.server(120_ms, ack(5001, 1501));
  // The far leg loses nothing of the first, and delays the one before the timed segment: a gap that
  // passed us before the mark was set.
  d.client(130_ms, data(1501, 500, 5001));
  SECTION("reported by SACK") {
    const Observation seen = d.server(151_ms, ack(5001, 1501).sack({block(1501, 2001)}));
    CHECK(seen.far_rtt == 21_ms);
    CHECK_FALSE(d.server(400_ms, ack(5001, 2001)).has_far_rtt);
  }
  SECTION("a forged block beyond what was sent times nothing") {
    CHECK_FALSE(d.server(131_ms, ack(5001, 1501).sack({block(1501, 9001)})).has_far_rtt);
    CHECK(d.server(151_ms, ack(5001, 2001)).has_far_rtt);
  }
}

TEST_CASE("the near leg is timed by the sender's echo of the ACK's timestamp",
          "[tcp][rtt][timestamps]") {
  Dialogue d{"a bulk sender on the client's side"};
  d.shake_hands({.timestamps = true});
  d.client(100_ms, data(1001, 1000, 5001).ts(200, 900));
  d.client(100_ms, data(2001, 1000, 5001).ts(200, 900));
  d.server(120_ms, ack(5001, 2001).ts(1000, 200));
  SECTION("exactly that echo") {
    const Observation clocked = d.client(127_ms, data(3001, 1000, 5001).ts(227, 1000));
    REQUIRE(clocked.has_near_rtt);
    CHECK(clocked.near_rtt == 7_ms);
    CHECK(d.client_half().near.lowest == 5_ms);
    CHECK_FALSE(d.client(128_ms, data(4001, 1000, 5001).ts(228, 1000)).has_near_rtt);
  }
  SECTION("not one that says more") {
    d.server(121_ms, ack(5001, 3001).ts(1001, 200));
    CHECK_FALSE(d.client(127_ms, data(3001, 1000, 5001).ts(227, 1001)).has_near_rtt);
  }
  SECTION("not data that was already under way") {
    CHECK_FALSE(d.client(121_ms, data(3001, 1000, 5001).ts(221, 900)).has_near_rtt);
    CHECK(d.client(127_ms, data(4001, 1000, 5001).ts(227, 1000)).has_near_rtt);
  }
}

TEST_CASE("the tick of each end's clock is learned", "[tcp][timestamps]") {
  Dialogue d{"1 ms at the client, 1 us at the server"};
  d.client(0_ms, syn(1000).ts(50, 0));
  d.server(20_ms, syn_ack(5000, 1001).ts(4'000'000'000, 50));
  d.client(25_ms, ack(1001, 5001).ts(75, 4'000'000'000));
  CHECK(d.client_half().ts_tick.is_zero());
  d.client(1503_ms, data(1001, 100, 5001).ts(1550, 4'000'000'000));
  d.server(1524_ms, ack(5001, 1101).ts(4'001'500'000, 1550));
  CHECK(d.client_half().ts_tick.nanos() == 1_ms);
  CHECK(d.server_half().ts_tick.nanos() == Nanos::micros(1));
}
