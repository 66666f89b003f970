// The models beside queue, jitter and loss, judged by what comes out of a Direction.
#include <algorithm>
#include <map>
#include <vector>

#include "impair/direction.h"
#include "run_models.h"
#include "support/catch.h"

namespace gimbal::impair {

TEST_CASE("regimes stay exponential times and bring their own delay and loss",
          "[impair][regimes]") {
  DirectionConfig config;
  const Jitter overtaking{JitterKind::none, Nanos{}, 3.0, Order::reorder};
  config.regimes.count = 2;
  config.regimes.all[0] = Regime{Nanos::millis(30), Nanos::millis(10), overtaking, {}};
  config.regimes.all[1] = Regime{Nanos::millis(10), Nanos::millis(50), overtaking, {}};
  config.regimes.all[1].loss.probability = 0.5;
  int shaky = 0;
  int shaky_lost = 0;
  int quiet_wrong = 0;
  run(config, kMany, [&](int, const Admission& fate) {
    if (!fate.carried()) return void(++shaky_lost);
    const Nanos delay = fate.release_at - fate.enqueued;
    if (delay == Nanos::millis(50))
      ++shaky;
    else if (delay != Nanos::millis(10))
      ++quiet_wrong;
  });
  CHECK(quiet_wrong == 0);
  CHECK((shaky + shaky_lost) / double{kMany} == Approx(0.25).margin(0.02));
  CHECK(shaky_lost / double(shaky + shaky_lost) == Approx(0.5).margin(0.01));
}

TEST_CASE("a step holds for its whole period and changes with the next", "[impair][steps]") {
  DirectionConfig config;
  config.delay = Nanos::millis(20);
  config.jitter.order = Order::reorder;
  config.steps = Steps{Nanos::seconds(15), Nanos::millis(5), Nanos::millis(25)};
  std::map<std::int64_t, std::vector<Nanos>> by_epoch;
  run(config, 600'000, [&](int, const Admission& fate) {
    auto& seen = by_epoch[fate.enqueued.ns() / Nanos::seconds(15).count()];
    const Nanos delay = fate.release_at - fate.enqueued;
    if (seen.empty() || seen.back() != delay) seen.push_back(delay);
  });
  REQUIRE(by_epoch.size() == 4);
  for (const auto& [epoch, delays] : by_epoch) {
    REQUIRE(delays.size() == 1);
    CHECK(delays[0] >= Nanos::millis(25));
    CHECK(delays[0] <= Nanos::millis(45));
  }
  CHECK(by_epoch[0] != by_epoch[1]);
}

TEST_CASE("what is held leaves together when the dam bursts", "[impair][holds]") {
  DirectionConfig config;
  config.holds = Holds{Nanos::millis(100), Nanos::millis(30)};
  run(config, 10'000, [&](int, const Admission& fate) {
    const std::int64_t phase = fate.enqueued.ns() % Nanos::millis(100).count();
    const std::int64_t wait = std::max<std::int64_t>(0, Nanos::millis(30).count() - phase);
    REQUIRE((fate.release_at - fate.enqueued).count() == wait);
  });
}

TEST_CASE("reordering by gap lets every Nth packet overtake those in delay, by the delay's extent",
          "[impair][gap]") {
  DirectionConfig config;
  config.delay = Nanos::millis(10);
  config.gap.every = 50;
  std::vector<std::pair<Instant, int>> released;
  run(config, 100'000, [&](int i, const Admission& fate) {
    released.emplace_back(fate.release_at, i);
    REQUIRE((fate.release_at == fate.enqueued) == (i % 50 == 49));
  });
  std::stable_sort(released.begin(), released.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  // Ten milliseconds are a hundred packets: one that goes at once overtakes the 99 before it, but
  // for the one that went at once too.
  for (std::size_t at = 200; at + 200 < released.size(); ++at) {
    const int number = released[at].second;
    if (number % 50 != 49) continue;
    const auto overtaken =
        std::count_if(released.begin() + static_cast<std::ptrdiff_t>(at), released.end(),
                      [number](const auto& other) { return other.second < number; });
    REQUIRE(overtaken >= 97);
    REQUIRE(overtaken <= 100);
    at += 5000;
  }
}

TEST_CASE("a frame beyond the MTU is lost, one that just fits passes", "[impair][mtu]") {
  DirectionConfig config;
  config.mtu = 1400;
  Direction direction{config, 1};
  CHECK(direction.admit(1414, at_ms(0)).carried());
  CHECK(direction.admit(1415, at_ms(1)).cause == DropCause::mtu);
}

TEST_CASE("a flapping link loses what arrives while it is down", "[impair][flap]") {
  DirectionConfig config;
  config.flap = Outages{Nanos::millis(100), Nanos::millis(20)};
  run(config, 10'000, [&](int, const Admission& fate) {
    const bool down = fate.enqueued.ns() % 100'000'000 >= 80'000'000;
    REQUIRE(fate.cause == (down ? DropCause::link_down : DropCause::none));
  });
}

TEST_CASE("duplication and corruption hit their share of the packets", "[impair]") {
  DirectionConfig config;
  config.duplication = 0.02;
  config.corruption.probability = 0.01;
  int copies = 0;
  int corrupted = 0;
  run(config, kMany, [&](int, const Admission& fate) {
    copies += fate.duplicated;
    corrupted += fate.corruption != 0;
  });
  CHECK(copies == Approx(0.02 * kMany).epsilon(0.03));
  CHECK(corrupted == Approx(0.01 * kMany).epsilon(0.04));
}

TEST_CASE("a class has its own fate and shares the bottleneck, or has its own", "[impair][class]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 0;
  config.delay = Nanos::millis(10);
  config.class_count = 2;
  config.classes[0].treatment.delay = Nanos::millis(70);
  config.classes[1].link.rate = BitRate::from_mbit(80);
  Direction direction{config, 1};
  CHECK(direction.admit(Arrival{1000, 0, false}, at_ms(0)).release_at == at_ms(11));
  const Admission shared = direction.admit(Arrival{1000, 1, false}, at_ms(0));
  CHECK(shared.dequeued_at == at_ms(2));
  CHECK(shared.release_at == at_ms(72));
  CHECK(shared.lane == 1);
  // Not behind the two before it, and not held back by the order of another class.
  CHECK(direction.admit(Arrival{1000, 2, false}, at_ms(0)).release_at == at_ms(0.1));
  CHECK(direction.admit(Arrival{1000, 0, false}, at_ms(0)).release_at == at_ms(13));
}

}  // namespace gimbal::impair
