// The queue before a bottleneck: its limits, its management, and the policer beside it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "impair/direction.h"
#include "run_models.h"
#include "support/catch.h"

namespace gimbal::impair {

TEST_CASE("a policer passes its burst at once and then its rate, and never delays",
          "[impair][policer]") {
  DirectionConfig config;
  config.policer = Policer{BitRate::from_mbit(8), 15'140};
  int passed = 0;
  run(config, 100'000, [&](int i, const Admission& fate) {
    if (i < 10) REQUIRE(fate.carried());
    REQUIRE((fate.carried() || fate.cause == DropCause::policed));
    if (!fate.carried()) return;
    REQUIRE(fate.release_at == fate.enqueued);
    ++passed;
  });
  const double bytes = 15'140 + 1e6 * 9.9999;
  CHECK(passed == Approx(bytes / 1514).margin(2));
}

TEST_CASE("a queue may be limited in packets and in time", "[impair][queue]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 0;
  config.queue_packets = 3;
  Direction packets{config, 1};
  for (int i = 0; i < 3; ++i) REQUIRE(packets.admit(1000, at_ms(0)).carried());
  CHECK(packets.admit(60, at_ms(0)).cause == DropCause::queue_full);
  CHECK(packets.admit(60, at_ms(1)).carried());

  config.queue_packets = 0;
  config.queue_time = Nanos::millis(10);
  Direction time{config, 1};
  for (int i = 0; i <= 10; ++i) REQUIRE(time.admit(1000, at_ms(0)).carried());
  CHECK(time.admit(60, at_ms(0)).cause == DropCause::queue_full);
  CHECK(time.admit(60, at_ms(1)).carried());
}

TEST_CASE("CoDel brings a standing queue down to its target, drop tail does not", "[impair][aqm]") {
  // A sender that is 2 % too fast: a drop-tail queue fills to its end and stays there.
  const auto last_wait = [](AqmKind kind) {
    DirectionConfig config;
    config.rate = BitRate::from_mbit(118.7);
    config.queue_bytes = 3'000'000;
    config.aqm.kind = kind;
    std::vector<double> waits;
    run(config, 400'000, [&](int i, const Admission& fate) {
      if (fate.carried() && i > 300'000) {
        waits.push_back((fate.dequeued_at - fate.enqueued).to_ms());
      }
    });
    std::nth_element(waits.begin(), waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 2),
                     waits.end());
    return waits[waits.size() / 2];
  };
  CHECK(last_wait(AqmKind::none) > 100);
  CHECK(last_wait(AqmKind::codel) < 30);
}

TEST_CASE("CoDel begins only after an interval above target and drops faster while it lasts",
          "[impair][aqm]") {
  Codel codel;
  Aqm aqm;
  aqm.kind = AqmKind::codel;
  std::vector<double> drops;
  for (double ms = 0; ms < 600; ms += 1) {
    const auto verdict = codel.judge(Nanos::millis(20), at_ms(ms), aqm, aqm.target, false);
    if (verdict == Codel::Verdict::drop) drops.push_back(ms);
  }
  // RFC 8289 5.4: 100 ms, then 100 / sqrt(n) apart.
  REQUIRE(drops.size() >= 4);
  CHECK(drops[0] == 100);
  CHECK(drops[1] == 200);
  CHECK(drops[2] == Approx(200 + 100 / std::sqrt(2)).margin(1));
  CHECK(drops[3] == Approx(drops[2] + 100 / std::sqrt(3)).margin(1));
  CHECK(codel.judge(Nanos::millis(1), at_ms(601), aqm, aqm.target, false) == Codel::Verdict::pass);
}

TEST_CASE("with ECN a CoDel queue marks what can be marked and drops the rest", "[impair][aqm]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(110);
  config.queue_bytes = 0;
  config.aqm.kind = AqmKind::codel;
  config.aqm.ecn = true;
  int marked = 0;
  int dropped = 0;
  const auto count = [&](int, const Admission& fate) {
    marked += fate.marked;
    dropped += fate.cause == DropCause::aqm;
  };
  run(config, 50'000, count, 1, Arrival{1514, 0, true});
  CHECK(marked > 100);
  CHECK(dropped == 0);
  marked = 0;
  run(config, 50'000, count, 1, Arrival{1514, 0, false});
  CHECK(marked == 0);
  CHECK(dropped > 100);
}

TEST_CASE("a threshold queue marks exactly what waited that long", "[impair][aqm]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 0;
  config.aqm = Aqm{AqmKind::threshold, Nanos::millis(3)};
  Direction direction{config, 1};
  for (int i = 0; i < 10; ++i) {
    CHECK(direction.admit(Arrival{1000, 0, true}, at_ms(0)).marked == (i >= 3));
  }
}

}  // namespace gimbal::impair
