#include "jitter/unsteadiness.h"

#include "base/rng.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Nanos kBase = Nanos::millis(40);
constexpr Nanos kStep = Nanos::micros(240);  ///< Two segments at 100 Mb/s.

struct Watched {
  Unsteadiness shaking;
  Instant now{1'000'000'000};

  void sample(Nanos rtt) {
    now = now + kStep;
    shaking.on_sample(rtt, kStep, kBase, now);
  }
};

}  // namespace

TEST_CASE("a queue that fills and empties with our own bursts is no jitter", "[verdict]") {
  Watched watched;
  for (int burst = 0; burst < 100; ++burst)
    for (int i = 0; i < 34; ++i) watched.sample(kBase + kStep * i);
  CHECK_FALSE(watched.shaking.jumps(watched.now));
}

TEST_CASE("a path that holds packets up now and then jumps, and is forgiven in two seconds",
          "[verdict]") {
  Watched watched;
  for (int stall = 0; stall < 3; ++stall)
    for (int i = 0; i < 400; ++i)
      watched.sample(kBase + max(Nanos{}, Nanos::millis(80) - kStep * i));
  CHECK(watched.shaking.jumps(watched.now));
  CHECK_FALSE(watched.shaking.jumps(watched.now + Nanos::seconds(2)));
}

TEST_CASE("lone losses are the path's, losses in a row a queue's or a policer's", "[verdict]") {
  Unsteadiness lone;
  Rng rng{7};
  for (int i = 0; i < 5000; ++i) {
    lone.on_lost(rng.chance(0.01) ? 1 : 0, false);
    lone.on_delivered(1, 0);
    REQUIRE_FALSE(lone.run_of_losses());
  }
  CHECK(lone.loses());

  Unsteadiness overflow;
  overflow.on_delivered(3000, 0);
  for (int i = 0; i < 20; ++i) {
    overflow.on_lost(1, false);
    overflow.on_delivered(1, 0);
  }
  CHECK(overflow.run_of_losses());
  overflow.on_delivered(3000, 0);
  CHECK_FALSE(overflow.run_of_losses());
  CHECK_FALSE(overflow.loses());
}

TEST_CASE("losses that were none are taken back", "[verdict]") {
  Unsteadiness shaking;
  for (int i = 0; i < 10; ++i) {
    shaking.on_lost(1, false);
    shaking.on_delivered(1, 0);
  }
  REQUIRE(shaking.run_of_losses());
  shaking.on_lost_in_error(10);
  CHECK_FALSE(shaking.run_of_losses());
  shaking.on_delivered(100, 0);
  CHECK_FALSE(shaking.loses());
}
