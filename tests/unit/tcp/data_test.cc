#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("new data, a copy of it, and its acknowledgment are told apart", "[tcp][data]") {
  Dialogue d{"stop and wait with one copy"};
  d.shake_hands();
  const Observation first = d.client(30_ms, data(1001, 500, 5001));
  CHECK(first.kind == SegmentKind::data);
  CHECK(first.new_bytes == 500);
  CHECK(d.client_half().in_flight() == 500);
  const Observation copy = d.client(230_ms, data(1001, 500, 5001));
  CHECK(copy.kind == SegmentKind::retransmission);
  CHECK(copy.new_bytes == 0);
  CHECK(d.server(250_ms, ack(5001, 1501)).newly_acked == 500);
  CHECK(d.client_half().in_flight() == 0);
  CHECK(d.client_half().segments == 2);
  CHECK(d.client_half().retransmissions == 1);
  CHECK(d.client_half().bytes == 1000);
}

TEST_CASE("a segment overtaken before us fills a hole and is no copy", "[tcp][data]") {
  Dialogue d{"1 3 2"};
  d.shake_hands();
  d.client(30_ms, data(1001, 100, 5001));
  CHECK(d.client(31_ms, data(1201, 100, 5001)).opens_hole);
  SECTION("whole") {
    const Observation late = d.client(32_ms, data(1101, 100, 5001));
    CHECK(late.kind == SegmentKind::data);
    CHECK(late.fills_hole);
    CHECK_FALSE(late.retransmission);
    CHECK(d.client(33_ms, data(1101, 100, 5001)).kind == SegmentKind::retransmission);
  }
  SECTION("in two parts, the upper first") {
    CHECK(d.client(32_ms, data(1150, 51, 5001)).fills_hole);
    CHECK(d.client(33_ms, data(1101, 49, 5001)).fills_hole);
    CHECK(d.client(34_ms, data(1150, 51, 5001)).kind == SegmentKind::retransmission);
  }
  SECTION("acknowledged though it never passed here") {
    d.server(50_ms, ack(5001, 1301));
    CHECK(d.client(51_ms, data(1101, 100, 5001)).kind == SegmentKind::retransmission);
  }
}

TEST_CASE("with several holes the sender's clock tells late originals from copies",
          "[tcp][data][timestamps]") {
  Dialogue d{"1 3 5 2 4"};
  d.shake_hands({.timestamps = true});
  d.client(30_ms, data(1001, 100, 5001).ts(130, 900));
  d.client(31_ms, data(1201, 100, 5001).ts(132, 900));
  d.client(32_ms, data(1401, 100, 5001).ts(134, 900));
  const Observation second = d.client(33_ms, data(1301, 100, 5001).ts(133, 900));
  CHECK(second.fills_hole);
  CHECK(second.late_timestamp);
  CHECK(d.client(34_ms, data(1101, 100, 5001).ts(131, 900)).fills_hole);
  CHECK(d.client_half().reordered == 2);
  CHECK(d.client_half().retransmissions == 0);
  CHECK(d.client_half().ts_value == 134);
  CHECK(d.client(40_ms, data(1401, 100, 5001).ts(140, 900)).kind == SegmentKind::retransmission);
}

TEST_CASE("a duplicate ACK is what RFC 5681 2 says, and nothing else", "[tcp][ack]") {
  Dialogue d{"duplicate ACKs"};
  d.shake_hands();
  CHECK(d.server(29_ms, ack(5001, 1001)).kind == SegmentKind::idle_ack);  // nothing outstanding
  d.client(30_ms, data(1001, 1000, 5001));
  d.client(31_ms, data(2001, 1000, 5001));
  CHECK(d.server(50_ms, ack(5001, 1001)).kind == SegmentKind::duplicate_ack);
  CHECK(d.server(51_ms, ack(5001, 1001)).kind == SegmentKind::duplicate_ack);
  CHECK(d.client_half().dup_acks == 2);
  CHECK(d.server(52_ms, ack(5001, 1001).window(60'000)).kind == SegmentKind::window_update);
  CHECK(d.server(53_ms, data(5001, 10, 1001).window(60'000)).kind == SegmentKind::data);
  CHECK(d.client_half().dup_acks == 2);
  CHECK(d.server(54_ms, ack(5011, 2001).window(60'000)).kind == SegmentKind::pure_ack);
  CHECK(d.client_half().dup_acks == 0);
  CHECK(d.server(55_ms, ack(5011, 1001).window(60'000)).kind == SegmentKind::old_ack);
  CHECK(d.client_half().una == Seq32{2001});
}

TEST_CASE("an ACK with news in its SACK is a duplicate whatever its window (RFC 6675 2)",
          "[tcp][ack][sack]") {
  Dialogue d{"receive buffer grows during recovery"};
  d.shake_hands();
  d.client(30_ms, data(1001, 1000, 5001));
  d.client(31_ms, data(2001, 1000, 5001));
  const Observation seen =
      d.server(50_ms, ack(5001, 1001).window(50'000).sack({block(2001, 3001)}));
  CHECK(seen.kind == SegmentKind::duplicate_ack);
  CHECK(seen.window_changed);
  // A block of bytes never sent is no news.
  CHECK(d.server(51_ms, ack(5001, 1001).window(40'000).sack({block(9001, 9101)})).kind ==
        SegmentKind::window_update);
}

TEST_CASE("the right edge never retreats, the window may", "[tcp][window]") {
  Dialogue d{"window shrinks"};
  d.shake_hands();
  const Seq32 edge = d.client_half().right_edge;
  d.client(30_ms, data(1001, 1000, 5001));
  d.server(50_ms, ack(5001, 2001).window(100));
  CHECK(d.client_half().window == 100);
  CHECK(d.client_half().right_edge == edge);
  d.server(51_ms, ack(5001, 1001).window(60'000));  // overtaken
  CHECK(d.client_half().window == 100);
}

TEST_CASE("keepalives are not copies and not duplicate ACKs (RFC 9293 3.8.4)", "[tcp][probe]") {
  Dialogue d{"two idle hours"};
  d.shake_hands();
  d.client(30_ms, data(1001, 100, 5001));
  d.server(50_ms, ack(5001, 1101));
  CHECK(d.client(7200_s, ack(1100, 5001)).kind == SegmentKind::keepalive);
  CHECK(d.server(7201_s, ack(5001, 1101)).kind == SegmentKind::idle_ack);
  CHECK(d.client(7202_s, data(1100, 1, 5001)).kind == SegmentKind::keepalive);
  CHECK(d.client_half().retransmissions == 0);
  CHECK(d.client_half().nxt == Seq32{1101});
  // With data outstanding a single old byte is a copy, not a keepalive.
  d.client(7203_s, data(1101, 100, 5001));
  CHECK(d.client(7204_s, data(1100, 1, 5001)).kind == SegmentKind::retransmission);
}

TEST_CASE("probes of a closed window are known in both shapes (RFC 9293 3.8.6.1)", "[tcp][probe]") {
  Dialogue d{"the server stops reading"};
  d.client(0_ms, syn(1000));
  d.server(20_ms, syn_ack(5000, 1001).window(100));
  d.client(25_ms, ack(1001, 5001));
  d.client(30_ms, data(1001, 100, 5001));
  CHECK(d.server(50_ms, ack(5001, 1101).window(0)).zero_window);
  CHECK(d.client_half().zero_window);
  SECTION("the number before, as Linux sends it") {
    CHECK(d.client(250_ms, ack(1100, 5001)).kind == SegmentKind::zero_window_probe);
    CHECK(d.server(270_ms, ack(5001, 1101).window(0)).kind == SegmentKind::idle_ack);
  }
  SECTION("the next byte") {
    CHECK(d.client(250_ms, data(1101, 1, 5001)).kind == SegmentKind::zero_window_probe);
    CHECK(d.server(270_ms, ack(5001, 1101).window(0)).kind == SegmentKind::idle_ack);
    CHECK(d.client(650_ms, data(1101, 1, 5001)).kind == SegmentKind::zero_window_probe);
    CHECK(d.server(670_ms, ack(5001, 1102).window(5000)).newly_acked == 1);
    CHECK_FALSE(d.client_half().zero_window);
  }
  SECTION("the window opens again") {
    const Observation open = d.server(270_ms, ack(5001, 1101).window(5000));
    CHECK(open.kind == SegmentKind::window_update);
    CHECK(d.client(280_ms, data(1101, 1000, 5001)).kind == SegmentKind::data);
  }
}

TEST_CASE("D-SACK is read as in the examples of RFC 2883 4", "[tcp][sack]") {
  Dialogue d{"RFC 2883"};
  d.shake_hands({.client_isn = 0});
  for (std::uint32_t seq = 1; seq < 8001; seq += 500) d.client(30_ms, data(seq, 500, 5001));
  SECTION("4.1.1 and 4.1.2: a duplicate below the cumulative acknowledgment") {
    d.server(50_ms, ack(5001, 4001));
    const Observation seen = d.server(51_ms, ack(5001, 4001).sack({block(3001, 3501)}));
    REQUIRE(seen.has_dsack);
    CHECK(seen.dsack == block(3001, 3501));
  }
  SECTION("4.2.1: a duplicate above it, inside the second block") {
    const Observation seen =
        d.server(50_ms, ack(5001, 4001).sack({block(5001, 5501), block(4501, 6001)}));
    REQUIRE(seen.has_dsack);
    CHECK(seen.dsack == block(5001, 5501));
  }
  SECTION("the first block of an ordinary SACK is none") {
    CHECK_FALSE(d.server(50_ms, ack(5001, 4001).sack({block(4501, 5001)})).has_dsack);
    CHECK_FALSE(
        d.server(51_ms, ack(5001, 4001).sack({block(5501, 6001), block(4501, 5001)})).has_dsack);
  }
  SECTION("a block across the acknowledgment contradicts itself and is none") {
    CHECK_FALSE(d.server(50_ms, ack(5001, 4001).sack({block(3501, 4501)})).has_dsack);
  }
  SECTION("an empty or reversed block is none") {
    CHECK_FALSE(d.server(50_ms, ack(5001, 4001).sack({block(3001, 3001)})).has_dsack);
    CHECK_FALSE(d.server(51_ms, ack(5001, 4001).sack({block(3501, 3001)})).has_dsack);
  }
}

TEST_CASE("a transfer crosses the end of the sequence space", "[tcp][wrap]") {
  Dialogue d{"10 segments over the wrap"};
  const std::uint32_t isn = 0xffff'f000;
  d.shake_hands({.client_isn = isn});
  std::uint32_t seq = isn + 1;
  for (int i = 0; i < 10; ++i, seq += 1000) {
    CHECK(d.client(Nanos::millis(30 + i * 10), data(seq, 1000, 5001)).kind == SegmentKind::data);
    CHECK(d.server(Nanos::millis(35 + i * 10), ack(5001, seq + 1000)).newly_acked == 1000);
  }
  CHECK(d.client_half().nxt == Seq32{seq});
  CHECK(seq < isn);
  CHECK(d.client(200_ms, data(seq - 1000, 1000, 5001)).kind == SegmentKind::retransmission);
}

TEST_CASE("more than 4 GB in one connection leave no stale number behind", "[tcp][wrap]") {
  Dialogue d{"a long transfer"};
  d.shake_hands({.client_scale = 14, .server_scale = 14});
  Conversation& c = d.conversation();
  std::uint32_t seq = 1001;
  const std::uint32_t stride = 60'000;
  for (int i = 0; i < 150'000; ++i, seq += stride) {
    const Instant now{2'000'000'000 + std::int64_t{i} * 1'000'000};
    const Observation sent = observe(c, Side::client, data(seq, stride, 5001), now);
    if (sent.kind != SegmentKind::data) FAIL("segment " << i << " was " << to_string(sent.kind));
    const Observation acked =
        observe(c, Side::server, ack(5001, seq + stride), now + Nanos::micros(10));
    if (acked.newly_acked != stride) FAIL("ACK " << i << " was " << to_string(acked.kind));
  }
  CHECK(d.client_half().bytes == 150'000ULL * stride);
  CHECK(d.client_half().retransmissions == 0);
  CHECK(d.client_half().retransmit_high == d.client_half().una);
}

TEST_CASE("marks and hints are reported", "[tcp][data]") {
  Dialogue d{"ECN and PSH"};
  d.shake_hands({.timestamps = true});
  CHECK(d.client(30_ms, data(1001, 1448, 5001).ts(130, 900).ce()).ce);
  CHECK(d.server(50_ms, ack(5001, 2449).ts(950, 130).ece()).ece);
  CHECK_FALSE(d.client(60_ms, data(2449, 1448, 5001).ts(160, 950).push()).application_limited);
  CHECK(d.client(61_ms, data(3897, 100, 5001).ts(161, 950).push()).application_limited);
}
