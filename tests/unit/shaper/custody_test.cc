#include "shaper/custody.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr std::uint32_t kMss = 1000;
constexpr Seq32 kStart{0xffff'f000};  // Wraps soon.

Segment piece(std::uint32_t offset, std::uint32_t length, std::uint32_t ts) {
  Segment segment;
  segment.seq = kStart + offset;
  segment.payload_length = length;
  segment.flags.ack = true;
  segment.options.has_timestamps = true;
  segment.options.ts_value = ts;
  return segment;
}

CustodyTerms terms(std::uint32_t edge, std::uint8_t scale = 7) {
  CustodyTerms t;
  t.policy = Custody::always;
  t.possible = true;
  t.window_scale = scale;
  t.timestamps = true;
  t.ts_value = 500;
  t.ts_echo = 90;
  t.right_edge = kStart + edge;
  t.peer_seq = Seq32{77};
  t.room_packets = 1000;
  return t;
}

CustodyView view(std::uint32_t nxt, std::uint32_t shown_ack, std::uint32_t shown_edge) {
  return {kStart, kStart + nxt, kStart + shown_ack, kStart + shown_edge, kStart + 1'000'000,
          kMss,   true};
}

/// `count` whole segments, TSval 101 on.
Custodian loaded(std::uint32_t count, const CustodyTerms& with) {
  Custodian custodian;
  custodian.permit(with);
  for (std::uint32_t i = 0; i < count; ++i)
    custodian.on_data(piece(i * kMss, kMss, 101 + i), true, true);
  return custodian;
}

}  // namespace

TEST_CASE("everything but the newest segment is claimed", "[custody]") {
  Custodian custodian = loaded(3, terms(64'000));
  const auto early = custodian.plan(view(3000, 0, 64'000));
  REQUIRE(early);
  CHECK(early->ack <= kStart + 2000);
  CHECK(early->ack > kStart + 1800);
  CHECK(early->seq == Seq32{77});
  CHECK(early->ts_value == 500);
  CHECK(early->ts_echo == 102);
  SECTION("and nothing when there is only one") {
    Custodian one = loaded(1, terms(64'000));
    CHECK_FALSE(one.plan(view(1000, 0, 64'000)));
  }
  SECTION("a FIN is no data that follows") {
    Segment fin = piece(3000, 0, 104);
    fin.flags.fin = true;
    custodian.on_data(fin, true, true);
    const auto next = custodian.plan(view(3001, 0, 64'000));
    REQUIRE(next);
    CHECK(next->ack <= kStart + 2000);
  }
}

TEST_CASE("claims stop before what we hold no copy of", "[custody]") {
  SECTION("a segment that could not be cached") {
    Custodian custodian = loaded(2, terms(64'000));
    custodian.on_data(piece(2000, kMss, 103), false, true);
    custodian.on_data(piece(3000, kMss, 104), true, true);
    CHECK_FALSE(custodian.plan(view(4000, 0, 64'000)));
    CustodyView later = view(4000, 0, 64'000);
    later.una = kStart + 3000;
    custodian.on_data(piece(4000, kMss, 105), true, true);
    later.nxt = kStart + 5000;
    const auto early = custodian.plan(later);
    REQUIRE(early);
    CHECK(early->ack > kStart + 3000);
  }
  SECTION("a gap in what the sender sent") {
    Custodian custodian = loaded(2, terms(64'000));
    custodian.on_data(piece(3000, kMss, 103), true, false);
    custodian.on_data(piece(4000, kMss, 104), true, true);
    CHECK_FALSE(custodian.plan(view(5000, 0, 64'000)));
  }
  SECTION("urgent data") {
    Custodian custodian = loaded(2, terms(64'000));
    Segment urgent = piece(2000, kMss, 103);
    urgent.flags.urg = true;
    custodian.on_data(urgent, true, true);
    CHECK_FALSE(custodian.plan(view(3000, 0, 64'000)));
  }
}

TEST_CASE("the right edge neither retreats nor passes the receiver's own", "[custody][window]") {
  for (const std::uint8_t scale : {std::uint8_t{0}, std::uint8_t{7}, std::uint8_t{14}}) {
    for (std::uint32_t edge = 20'000; edge < 60'000; edge += 617) {
      Custodian custodian = loaded(6, terms(edge, scale));
      // The sender has seen the receiver's edge itself.
      const auto early = custodian.plan(view(6000, 0, edge));
      if (!early) continue;
      const Seq32 shown = early->ack + (static_cast<std::uint32_t>(early->window) << scale);
      INFO("scale " << int{scale} << " edge " << edge);
      CHECK(shown == kStart + edge);
      CHECK(early->ack <= kStart + 5000);
    }
  }
}

TEST_CASE("a sender that repeats itself is answered even when there is nothing new", "[custody]") {
  Custodian custodian = loaded(3, terms(64'000));
  const std::uint32_t whole_units = 2000 + 484 * 128;
  CHECK_FALSE(custodian.plan(view(3000, 2000, whole_units)));
  custodian.answer();
  const auto early = custodian.plan(view(3000, 2000, whole_units));
  REQUIRE(early);
  CHECK(early->ack == kStart + 2000);
}

TEST_CASE("a window that opens is told, in fewer steps while there is room", "[custody][window]") {
  Custodian custodian = loaded(3, terms(64'000));
  CustodyView starved = view(3000, 2000, 4000);
  starved.reach = kStart + 6500;
  CHECK(custodian.plan(starved));
  CustodyView spacious = view(3000, 2000, 40'000);
  spacious.reach = kStart + 44'000;
  CHECK_FALSE(custodian.plan(spacious));
  spacious.reach = kStart + 49'000;
  CHECK(custodian.plan(spacious));
}

TEST_CASE("ECN bits and sequence numbers are the receiver's newest", "[custody][ecn]") {
  Custodian custodian = loaded(3, terms(64'000));
  Segment answer;
  answer.seq = Seq32{177};
  answer.flags.ack = true;
  answer.flags.ece = true;
  custodian.on_ack(answer, Instant{1});
  Segment older = answer;
  older.seq = Seq32{100};
  older.flags.ece = false;
  custodian.on_ack(older, Instant{2});
  const auto early = custodian.plan(view(3000, 0, 64'000));
  REQUIRE(early);
  CHECK(early->ece);
  CHECK(early->seq == Seq32{177});
  CHECK(custodian.heard_at() == Instant{2});
}

TEST_CASE("custody of the shorter leg shortens nothing", "[custody]") {
  CustodyTerms t = terms(64'000);
  t.near_rtt = ShortSpan{Nanos::millis(40)};
  Custodian custodian;
  custodian.permit(t);
  CHECK_FALSE(custodian.worthwhile(Nanos::millis(1)));
  CHECK(custodian.worthwhile(Nanos::millis(40)));
  t.possible = false;
  custodian.permit(t);
  CHECK_FALSE(custodian.worthwhile(Nanos::millis(40)));
}
