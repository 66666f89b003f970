#include "shaper/near_control.h"

#include "shaper/near_leg.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

Instant ms(std::int64_t t) { return Instant{1'000'000'000} + Nanos::millis(t); }

/// `rounds` round trips of `rtt` milliseconds, each echoed `samples` times.
void echo(NearLeg& near, std::int64_t& t, std::uint32_t& tick, int rounds, int rtt,
          int samples = 20) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < samples; ++i)
      near.on_shown(tick + static_cast<std::uint32_t>(i), Seq32{0}, ms(t + i));
    for (int i = 0; i < samples; ++i)
      near.on_data(tick + static_cast<std::uint32_t>(i), Seq32{1}, ms(t + rtt + i));
    tick += static_cast<std::uint32_t>(samples);
    t += rtt + samples;
  }
}

}  // namespace

TEST_CASE("the near round trip is the time until data echoes a timestamp first", "[near]") {
  NearLeg near;
  near.begin(Nanos::millis(30));
  near.on_shown(500, Seq32{0}, ms(0));
  near.on_shown(500, Seq32{0}, ms(5));  // The same tick again: the echo answers the first.
  near.on_data(499, Seq32{1}, ms(20));
  near.on_data(500, Seq32{1}, ms(40));
  near.on_data(500, Seq32{1}, ms(41));
  CHECK(near.path().least() == Nanos::millis(30));
  CHECK(near.path().smoothed() > Nanos::millis(30));
}

TEST_CASE("a standing floor is congestion, and so is a mark or half a round trip lost at once",
          "[near]") {
  NearLeg near;
  std::int64_t t = 0;
  std::uint32_t tick = 1;
  near.begin(Nanos::millis(40));
  echo(near, t, tick, 12, 40);
  CHECK_FALSE(near.congested(1, false, ms(t)));
  SECTION("floor") {
    echo(near, t, tick, 6, 80);
    CHECK(near.congested(0, false, ms(t)));
  }
  SECTION("mark") {
    near.on_mark(ms(t));
    CHECK(near.congested(0, false, ms(t)));
    CHECK_FALSE(near.congested(0, false, ms(t + 1000)));
  }
  SECTION("a few strays in a round that has just begun") {
    near.add_segments(300, 0);
    echo(near, t, tick, 1, 40);
    near.add_segments(30, 2);
    CHECK_FALSE(near.congested(7, false, ms(t)));
  }
  SECTION("burst") {
    near.add_segments(100, 0);
    CHECK(near.congested(60, false, ms(t)));
  }
}

TEST_CASE("the sender's round trip is longer than the leg's by what order costs", "[near]") {
  NearLeg near;
  near.begin(Nanos::millis(30));
  near.on_shown(500, Seq32{1000}, ms(0));
  near.on_data(500, Seq32{2448}, ms(30));
  near.on_shown(520, Seq32{2000}, ms(50));
  CHECK(near.loop() == near.path().smoothed());
  near.on_shown(530, Seq32{2448}, ms(80));
  CHECK(near.loop() == Nanos::millis(80));
}

TEST_CASE("a flight pays for its losses once", "[near][control]") {
  RepairLimits limits;
  NearControl control{limits};
  NearLeg leg;
  leg.begin(Nanos::millis(40));
  control.activate(100'000, 1448, true, ms(0));
  CHECK(control.window() == 200'000);
  for (int i = 0; i < 200; ++i) control.on_arrival(1448, leg, false, ms(i));
  control.on_congestion(leg, ms(200), ms(200));
  const std::uint32_t after = control.window();
  CHECK(after < 100'000);
  control.on_congestion(leg, ms(220), ms(290));
  CHECK(control.window() == after);
  control.on_congestion(leg, ms(250), ms(290));
  CHECK(control.window() < after);
}

TEST_CASE("the window holds what the pipe holds at the best rate of late", "[near][control]") {
  RepairLimits limits;
  NearControl control{limits};
  NearLeg leg;
  std::int64_t t = 0;
  std::uint32_t tick = 1;
  leg.begin(Nanos::millis(40));
  echo(leg, t, tick, 12, 40);
  control.activate(100'000, 1448, true, ms(t));
  // Four segments a millisecond, 46 Mb/s.
  for (int i = 0; i < 2000; ++i) control.on_arrival(4 * 1448, leg, false, ms(t + i));
  for (int cut = 0; cut < 12; ++cut)
    control.on_congestion(leg, ms(t + 2000 + 200 * cut), ms(t + 2000 + 200 * cut));
  CHECK(control.window() > 4 * 1448 * 40);
  CHECK(control.window() < 4 * 1448 * 80);
}

TEST_CASE("acknowledgments are thinned while the sender grows, and no longer", "[near][control]") {
  RepairLimits limits;
  NearControl control{limits};
  NearLeg leg;
  leg.begin(Nanos::millis(40));
  control.activate(20'000, 1448, true, ms(0));
  CHECK(control.thin_gap(leg.loop()) == Nanos::millis(10));
  for (int i = 0; i < 2000; ++i) control.on_arrival(1448, leg, false, ms(i));
  CHECK(control.thin_gap(leg.loop()) == Nanos{});
}

TEST_CASE("thinning alone steers nobody, and ends with the growth", "[near][control]") {
  const RepairLimits limits;
  NearControl control{limits};
  NearLeg near;
  near.begin(Nanos::millis(40));
  std::int64_t t = 0;
  std::uint32_t tick = 1;
  echo(near, t, tick, 4, 40);
  control.thin_only(ms(t));
  CHECK_FALSE(control.active());
  std::uint32_t bytes = 20'000;
  for (int round = 0; round < 6; ++round, bytes *= 2, t += 60)
    control.on_arrival(bytes, near, true, ms(t));
  CHECK(control.thin_gap(near.loop()) >= limits.thin_gap);
  for (int round = 0; round < 12; ++round, t += 60) control.on_arrival(bytes, near, true, ms(t));
  CHECK(control.thin_gap(near.loop()) == Nanos{});
  // Once: whoever crawls is not thinned for ever.
  control.thin_only(ms(t));
  CHECK(control.thin_gap(near.loop()) == Nanos{});
}

TEST_CASE("only bursts in order are let out at a pace", "[near][control]") {
  const RepairLimits limits;
  NearControl control{limits};
  control.note_bursts();
  CHECK_FALSE(control.paces());
  control.activate(100'000, 1000, true, ms(0));
  CHECK(control.paces());
  // In slow start twice the window a round trip, as Linux does.
  const double pace = control.pace(Nanos::millis(100));
  CHECK(pace > 3.99e6);
  CHECK(pace < 4.01e6);
  control.note_disorder();
  CHECK_FALSE(control.paces());
}
