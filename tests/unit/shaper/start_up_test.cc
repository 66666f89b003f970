#include "shaper/start_up.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

/// Rounds of `span` each; returns the instant after the last.
Instant rounds(StartUp& start, std::initializer_list<double> rates, Nanos span) {
  Instant now{Nanos::seconds(1).count()};
  std::uint64_t delivered = 0;
  start.close_round(delivered, Nanos::millis(40), now);
  for (const double rate : rates) {
    now = now + span;
    delivered += static_cast<std::uint64_t>(rate * span.to_seconds());
    start.close_round(delivered, Nanos::millis(40), now);
  }
  return now;
}

}  // namespace

TEST_CASE("slow start may have 1.8 pipes of the best rate in flight", "[start-up]") {
  StartUp start;
  CHECK(start.most_in_flight(Nanos::millis(40), 0) == UINT32_MAX);
  (void)rounds(start, {1e6, 2e6, 1.5e6}, Nanos::millis(40));
  CHECK(start.most_in_flight(Nanos::millis(40), 0) == Approx(1.8 * 2e6 * 0.04).epsilon(0.01));
  SECTION("or of the round that goes on, if that is better") {
    CHECK(start.most_in_flight(Nanos::millis(40), 3e6) == Approx(1.8 * 3e6 * 0.04).epsilon(0.01));
  }
  SECTION("and a longer span holds more") {
    CHECK(start.most_in_flight(Nanos::millis(60), 0) == Approx(1.8 * 2e6 * 0.06).epsilon(0.01));
  }
}

TEST_CASE("a rate that no longer grows by a quarter is a plateau", "[start-up]") {
  StartUp start;
  (void)rounds(start, {1e6, 2e6}, Nanos::millis(40));
  CHECK_FALSE(start.plateau());
  StartUp flat;
  (void)rounds(flat, {1e6, 2e6, 2.2e6}, Nanos::millis(40));
  CHECK(flat.plateau());
}

TEST_CASE("under jitter a flat round with a raised floor is doubt, not yet an end", "[start-up]") {
  StartUp start;
  (void)rounds(start, {1e6, 2e6, 2.1e6}, Nanos::millis(40));
  REQUIRE(start.plateau());
  CHECK(start.full(100'000, true, false));  // Where nothing shakes.
  CHECK_FALSE(start.full(100'000, true, true));
  CHECK(start.careful());
  SECTION("half as much again in flight, and no more delivered: it is full") {
    CHECK_FALSE(start.full(149'000, true, true));
    CHECK(start.full(151'000, true, true));
  }
  SECTION("nor does doubt last: who keeps the floor up may be a neighbour") {
    CHECK_FALSE(start.full(101'000, true, true));
    CHECK_FALSE(start.full(102'000, true, true));
    CHECK(start.full(103'000, true, true));
  }
  SECTION("a floor that comes down ends the doubt") {
    CHECK_FALSE(start.full(151'000, false, true));
    CHECK_FALSE(start.careful());
  }
}

TEST_CASE("a rate that follows the window after all begins the doubt anew", "[start-up]") {
  StartUp start;
  Instant now = rounds(start, {1e6, 2e6, 2.1e6}, Nanos::millis(40));
  REQUIRE_FALSE(start.full(100'000, true, true));
  now = now + Nanos::millis(40);
  start.close_round(204'000 + 120'000, Nanos::millis(40), now);  // 3 MB/s.
  CHECK_FALSE(start.full(151'000, true, true));
  CHECK(start.careful());
  CHECK_FALSE(start.full(200'000, true, true));
  CHECK(start.full(230'000, true, true));
}
