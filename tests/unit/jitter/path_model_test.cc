#include "jitter/path_model.h"

#include <cmath>

#include "base/rng.h"
#include "jitter/judge.h"
#include "jitter/reorder_window.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

/// Feeds a leg whose round trip is base + queue(t) + jitter, one sample each 0.5 ms.
struct Leg {
  PathModel path;
  Judge judge;
  Rng rng{1};
  Instant now{1'000'000'000};

  template <class Queue, class Jitter>
  void run(Nanos lasting, Queue queue, Jitter jitter, double loss = 0, double late = 0) {
    const Instant start = now;
    while (now - start < lasting) {
      now = now + Nanos::micros(500);
      const Nanos rtt = max(Nanos::millis(1), Nanos::millis(40) + queue(now - start) + jitter(rng));
      Evidence evidence;
      evidence.round_closed = path.add(rtt, now);
      judge.sample(rtt, Nanos::micros(500), path, now);
      evidence.delivered_segments = 1;
      evidence.lost_segments = rng.chance(loss) ? 1 : 0;
      evidence.late_originals = rng.chance(late) ? 1 : 0;
      judge.weigh(evidence, path, now);
    }
  }
};

Nanos no_queue(Nanos) { return Nanos{}; }
Nanos no_jitter(Rng&) { return Nanos{}; }
Nanos normal15(Rng& rng) { return Nanos::from_ms(15 * rng.normal()); }
Nanos exponential10(Rng& rng) { return Nanos::from_ms(rng.exponential(10)); }

}  // namespace

TEST_CASE("a steady leg is clean", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(3), no_queue, no_jitter);
  CHECK(leg.judge.verdict() == Verdict::clean);
  CHECK_FALSE(leg.path.raised());
}

TEST_CASE("white jitter moves the ceiling, not the floor, for every seed", "[verdict]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Leg leg;
    leg.rng = Rng{seed};
    leg.run(Nanos::seconds(5), no_queue, normal15, 0, 0.2);
    INFO("seed " << seed << " reason " << leg.judge.reason());
    CHECK(leg.judge.verdict() == Verdict::jitter_reorder);
  }
}

TEST_CASE("jitter that keeps order is told from reordering", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(5), no_queue, exponential10);
  CHECK(leg.judge.verdict() == Verdict::jitter_fifo);
}

TEST_CASE("stray loss on a low floor is not congestion", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(5), no_queue, no_jitter, 0.01);
  CHECK(leg.judge.verdict() == Verdict::random_loss);
  CHECK(leg.judge.loss_ratio() > 0.003);
  CHECK(leg.judge.loss_ratio() < 0.03);
}

TEST_CASE("a growing queue is congestion within two rounds of standing out", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(3), no_queue, no_jitter);
  const Instant grows = leg.now;
  while (!leg.judge.congested() && leg.now - grows < Nanos::seconds(2))
    leg.run(
        Nanos::millis(10), [&](Nanos) { return Nanos::millis(20); }, no_jitter);
  CHECK(leg.judge.congested());
  CHECK(leg.now - grows < Nanos::millis(4 * 60));  // Four round trips at most.
}

TEST_CASE("a queue shows through jitter: congested and unsteady", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(3), no_queue, normal15, 0, 0.2);
  leg.run(
      Nanos::seconds(1), [](Nanos) { return Nanos::millis(40); }, normal15, 0.01, 0.2);
  CHECK(leg.judge.verdict() == Verdict::congested_unsteady);
}

TEST_CASE("congestion is left slowly, but left", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(2), no_queue, no_jitter);
  leg.run(
      Nanos::seconds(1), [](Nanos) { return Nanos::millis(30); }, no_jitter);
  REQUIRE(leg.judge.congested());
  leg.run(Nanos::millis(200), no_queue, no_jitter);
  CHECK(leg.judge.congested());
  leg.run(Nanos::seconds(2), no_queue, no_jitter);
  CHECK(leg.judge.verdict() == Verdict::clean);
}

TEST_CASE("a queue kept about where it is first told is told without a break", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(2), no_queue, no_jitter);
  leg.run(
      Nanos::seconds(1), [](Nanos) { return Nanos::millis(8); }, no_jitter);
  REQUIRE(leg.judge.congested());
  leg.run(
      Nanos::seconds(3), [](Nanos) { return Nanos::millis(3); }, no_jitter);
  CHECK(leg.judge.congested());
  leg.run(Nanos::seconds(2), no_queue, no_jitter);
  CHECK(leg.judge.verdict() == Verdict::clean);
}

TEST_CASE("a queue that swings with the link's rate does not hide behind its own swing", "[path]") {
  Leg leg;
  leg.run(Nanos::seconds(2), no_queue, no_jitter);
  const auto swinging = [](Nanos t) {
    return Nanos::millis(30 + 40 * (t.count() / 100'000'000 % 3));
  };
  leg.run(Nanos::seconds(3), swinging, no_jitter);
  CHECK(leg.path.tolerance() == Nanos::millis(20));
  CHECK(leg.path.raised());
  CHECK(leg.judge.congested());
}

TEST_CASE("a longer route becomes the new base within a minute", "[path]") {
  Leg leg;
  leg.run(Nanos::seconds(5), no_queue, no_jitter);
  leg.run(
      Nanos::seconds(61), [](Nanos) { return Nanos::millis(30); }, no_jitter);
  CHECK_FALSE(leg.path.raised());
  CHECK(leg.path.base() == Nanos::millis(70));
}

TEST_CASE("an echo of congestion is believed at once", "[verdict][ecn]") {
  Leg leg;
  leg.run(Nanos::seconds(1), no_queue, no_jitter);
  leg.judge.weigh({1, 0, 0, true, false}, leg.path, leg.now);
  CHECK(leg.judge.congested());
}

TEST_CASE("silence with data outstanding is an outage", "[verdict]") {
  Leg leg;
  leg.run(Nanos::seconds(1), no_queue, no_jitter);
  CHECK_FALSE(leg.judge.weigh_silence(Nanos::millis(60), leg.path));
  CHECK(leg.judge.weigh_silence(Nanos::millis(300), leg.path));
  CHECK(leg.judge.verdict() == Verdict::outage);
}

TEST_CASE("the reorder window follows lateness, capped by two short round trips or a long one",
          "[reordering]") {
  ReorderWindow window;
  const Nanos least = Nanos::millis(40);
  const Nanos smoothed = Nanos::millis(50);
  CHECK(window.value(least, smoothed, 0) == Nanos::millis(10));
  CHECK(window.value(least, smoothed, 3) == Nanos::millis(1));
  Rng rng{3};
  for (int i = 0; i < 500; ++i) window.add(Nanos::from_ms(10 * rng.uniform()));
  CHECK(window.value(least, smoothed, 3) >= Nanos::millis(9));
  CHECK(window.value(least, smoothed, 3) <= Nanos::millis(20));
  for (int i = 0; i < 5000; ++i) window.add(Nanos::millis(400));
  CHECK(window.value(least, smoothed, 3) == Nanos::millis(100));  // Two round trips.
  CHECK(window.value(Nanos::millis(150), Nanos::millis(160), 3) == Nanos::millis(160));
}

TEST_CASE("the brim of a queue shows to one who never saw the base", "[queue]") {
  Leg leg;
  // Others keep between 20 and 38 ms in it, and fill it once a second.
  const auto others = [](Nanos t) {
    return Nanos::from_ms(20 + 18 * std::fmod(t.to_seconds(), 1.0));
  };
  leg.run(Nanos::seconds(8), others, no_jitter);
  CHECK(leg.path.base() > Nanos::millis(55));
  CHECK(leg.path.at_brim(Nanos::millis(78)));
  CHECK_FALSE(leg.path.at_brim(Nanos::millis(70)));
  SECTION("and is forgotten with the queue") {
    leg.run(Nanos::seconds(45), no_queue, no_jitter);
    CHECK_FALSE(leg.path.at_brim(Nanos::millis(40)));
  }
}

TEST_CASE("a queue we hold down ourselves has no brim", "[queue]") {
  Leg leg;
  const auto held = [](Nanos t) { return Nanos::from_ms(6 * std::fmod(t.to_seconds(), 1.0)); };
  leg.run(Nanos::seconds(8), held, no_jitter);
  CHECK_FALSE(leg.path.at_brim(Nanos::millis(46)));
}
