#include "shaper/near_style.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

Instant ms(double t) { return Instant{1'000'000'000} + Nanos::from_ms(t); }

/// A window that doubles each round trip of 40 ms from 10 segments on, each sent within `share` of
/// the round trip; every segment is up to `late` ms on its way beyond the rest.
NearStyle slow_start(double share, double late) {
  NearStyle style;
  double segments = 10;
  for (int round = 0; round < 6; ++round, segments *= 2) {
    for (int i = 0; i < static_cast<int>(segments); ++i) {
      const double sent = 40 * (round + share * i / segments);
      const double arrives = sent + 20 + late * (i % 3) / 2;
      style.on_data(7000 + static_cast<std::uint32_t>(sent), Nanos::millis(40), ms(arrives));
    }
  }
  return style;
}

}  // namespace

TEST_CASE("a sender that spreads a doubling window over the round trip paces itself", "[near]") {
  CHECK(slow_start(1 / 1.44, 0).paced());
  CHECK(slow_start(1 / 1.44, 8).paced());
}

TEST_CASE("bursts are no pacing, nor is a queue discipline that takes half the round trip",
          "[near]") {
  CHECK_FALSE(slow_start(0.02, 0).paced());
  CHECK_FALSE(slow_start(0.5, 0).paced());
  CHECK_FALSE(slow_start(0.5, 8).paced());
}

TEST_CASE("a full pipe spreads everybody's data and tells nothing", "[near]") {
  NearStyle style;
  for (int i = 0; i < 4000; ++i)
    style.on_data(static_cast<std::uint32_t>(i / 8), Nanos::millis(40), ms(i / 8.0));
  CHECK_FALSE(style.paced());
}
