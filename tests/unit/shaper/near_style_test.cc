#include "shaper/near_style.h"

#include "shaper/near_clumps.h"
#include "shaper/paced_edge.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

Instant ms(double t) { return Instant{1'000'000'000} + Nanos::from_ms(t); }

using Tells = NearStyle::Tells;

/// One round trip of 40 ms: so many segments sent within `share` of it; every one is up to `late`
/// ms on its way beyond the rest.
struct Sent {
  int segments;
  double share;
  Tells tells;
};
void send(NearStyle& style, int round, const Sent& sent, double late = 0) {
  for (int i = 0; i < sent.segments; ++i) {
    const double at = 40 * (round + sent.share * i / sent.segments);
    style.on_data(7000 + static_cast<std::uint32_t>(at), Nanos::millis(40), sent.tells,
                  ms(at + 20 + late * (i % 3) / 2));
  }
}

/// A window that doubles each round trip from 10 segments on.
NearStyle slow_start(double share, double late) {
  NearStyle style;
  for (int round = 0; round < 6; ++round)
    send(style, round, {10 << round, share, Tells::all}, late);
  return style;
}

NearStyle rounds(std::initializer_list<Sent> sent) {
  NearStyle style;
  int round = 0;
  for (const Sent& one : sent) send(style, round++, one);
  return style;
}

/// As real BBR over a path of 1 % loss, whose first loss is in the third round trip.
NearStyle bbr_that_loses(Tells tells) {
  return rounds({{10, 0.1, Tells::all},
                 {19, 0.6, Tells::all},
                 {33, 0.95, tells},
                 {36, 0.95, tells},
                 {69, 0.95, Tells::nothing},
                 {120, 0.7, Tells::nothing}});
}

/// Three round trips in the middle of a paced stack's start; then its window grows again.
NearStyle paced_stack(const Sent& second, const Sent& third, const Sent& fourth) {
  return rounds({{10, 0.1, Tells::all},
                 {40, 0.65, Tells::all},
                 second,
                 third,
                 fourth,
                 {120, 0.65, Tells::nothing},
                 {200, 0.65, Tells::nothing}});
}

}  // namespace

TEST_CASE("a sender that spreads a doubling window over the round trip paces itself", "[near]") {
  CHECK(slow_start(0.9, 0).paced());
  CHECK(slow_start(0.9, 8).paced());
}

TEST_CASE("bursts are no pacing, nor is a stack that paces slow start at two windows a round trip",
          "[near]") {
  CHECK_FALSE(slow_start(0.02, 0).paced());
  CHECK_FALSE(slow_start(0.5, 0).paced());
  CHECK_FALSE(slow_start(0.5, 8).paced());
  CHECK_FALSE(slow_start(0.693, 0).paced());
  CHECK_FALSE(slow_start(0.693, 8).paced());
}

TEST_CASE("a first loss stops no pace, and later growth shows that the pipe was not full",
          "[near]") {
  CHECK(bbr_that_loses(Tells::pace).paced());
  // What comes after we answered says nothing.
  CHECK_FALSE(bbr_that_loses(Tells::nothing).paced());
}

TEST_CASE("a window that was cut, or whose start was over before, tells nothing", "[near]") {
  // Its stack spreads a cut window over all of a round trip; undone, it grows again.
  CHECK_FALSE(paced_stack({80, 0.65, Tells::pace}, {40, 0.95, Tells::pace}, {41, 0.95, Tells::pace})
                  .paced());
  CHECK_FALSE(
      paced_stack({41, 0.95, Tells::all}, {42, 0.95, Tells::all}, {43, 0.95, Tells::pace}).paced());
}

TEST_CASE("a full pipe spreads everybody's data and tells nothing", "[near]") {
  NearStyle style;
  for (int i = 0; i < 4000; ++i)
    style.on_data(static_cast<std::uint32_t>(i / 8), Nanos::millis(40), Tells::all, ms(i / 8.0));
  CHECK_FALSE(style.paced());
}

TEST_CASE("who sends each window at once bursts, who spreads it does not", "[near]") {
  CHECK(slow_start(0.02, 0).bursts());
  CHECK_FALSE(slow_start(0.5, 0).bursts());
  CHECK_FALSE(slow_start(0.693, 8).bursts());
}

TEST_CASE("clumps with jumps between them are jitter that keeps the order", "[near]") {
  NearClumps clumps;
  // Sent at once, each held up by a late one before it: 5 in a clump, 8 ms apart.
  for (int i = 0; i < 10; ++i) clumps.on_data(7000, ms(8.0 * (i / 5) + 0.1 * (i % 5)));
  CHECK_FALSE(clumps.shaken());  // Once proves nothing.
  for (int i = 0; i < 5; ++i) clumps.on_data(7000, ms(16 + 0.1 * i));
  CHECK(clumps.shaken());
}

TEST_CASE("a slow link, a sender's pauses and rare outages are no jitter", "[near]") {
  NearClumps link;
  for (int i = 0; i < 100; ++i) link.on_data(7000, ms(6.0 * i));
  CHECK_FALSE(link.shaken());
  NearClumps pauses;
  for (int i = 0; i < 100; ++i) {
    const double sent = 40.0 * (i / 10) + 0.1 * (i % 10);
    pauses.on_data(7000 + static_cast<std::uint32_t>(sent), ms(20 + sent));
  }
  CHECK_FALSE(pauses.shaken());
  NearClumps outages;
  for (int i = 0; i < 4000; ++i) {
    const double sent = i;
    const double dark = static_cast<double>(i % 400) < 50 ? 50.0 - i % 400 : 0.0;
    outages.on_data(7000 + static_cast<std::uint32_t>(sent), ms(20 + sent + dark));
    CHECK_FALSE(outages.shaken());
  }
}

TEST_CASE("a paced edge moves evenly, stops at its limit and keeps no credit there", "[near]") {
  PacedEdge edge;
  edge.advance(Seq32{1000}, 1e6, ms(0));
  CHECK(edge.edge() == Seq32{1000});
  CHECK_FALSE(edge.moves(Seq32{1000}));
  // The limit leaps; the edge walks.
  edge.advance(Seq32{101'000}, 1e6, ms(50));
  CHECK(edge.edge() == Seq32{51'000});
  CHECK(edge.moves(Seq32{101'000}));
  edge.advance(Seq32{101'000}, 1e6, ms(500));
  CHECK(edge.edge() == Seq32{101'000});
  edge.advance(Seq32{201'000}, 1e6, ms(501));
  CHECK(edge.edge() == Seq32{102'000});
}
