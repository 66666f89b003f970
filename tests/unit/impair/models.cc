// Each model beside delay and Bernoulli loss, judged by what comes out of a Direction.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "impair/delay_table.h"
#include "impair/direction.h"
#include "statistics.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

constexpr int kMany = 1'000'000;
constexpr Nanos kGap = Nanos::micros(100);

Instant at_ms(double ms) { return Instant{} + Nanos::from_ms(ms); }

template <class Use>
void run(const DirectionConfig& config, int packets, Use use, std::uint64_t seed = 1,
         Arrival arrival = Arrival{1514, 0, false}) {
  Direction direction{config, seed};
  Instant now;
  for (int i = 0; i < packets; ++i, now = now + kGap) use(i, direction.admit(arrival, now));
}

std::vector<double> jitters(const Jitter& jitter, int packets = kMany) {
  constexpr Nanos kFar = Nanos::seconds(5);
  DirectionConfig config;
  config.delay = kFar;
  config.jitter = jitter;
  std::vector<double> out;
  run(config, packets, [&](int, const Admission& fate) {
    out.push_back((fate.release_at - fate.enqueued - kFar).to_ms());
  });
  return out;
}

std::vector<bool> losses(const Loss& loss) {
  DirectionConfig config;
  config.loss = loss;
  std::vector<bool> out;
  run(config, kMany, [&](int, const Admission& fate) { out.push_back(!fate.carried()); });
  return out;
}

/// How often runs of lost packets of each length came.
std::map<int, int> loss_runs(const std::vector<bool>& lost) {
  std::map<int, int> runs;
  int length = 0;
  for (const bool one : lost) {
    if (one) {
      ++length;
    } else if (length > 0) {
      ++runs[length];
      length = 0;
    }
  }
  return runs;
}

double share(const std::vector<bool>& lost) {
  return static_cast<double>(std::count(lost.begin(), lost.end(), true)) /
         static_cast<double>(lost.size());
}

double lag_one(const std::vector<double>& values) {
  return correlation({values.begin(), values.end() - 1}, {values.begin() + 1, values.end()});
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("Gilbert-Elliott loses runs of geometric length at its stationary rate",
          "[impair][loss]") {
  Loss loss;
  loss.kind = LossKind::gilbert_elliott;
  loss.to_bad = 0.02;
  loss.to_good = 0.25;
  const auto lost = losses(loss);
  // Runs make the count vary more than a binomial one: (1 + rho) / (1 - rho) with rho = 1 - p - r.
  CHECK(share(lost) == Approx(0.02 / 0.27).margin(4 * std::sqrt(0.074 * 0.926 * 6.4 / kMany)));
  const auto runs = loss_runs(lost);
  double total = 0;
  for (const auto& [length, count] : runs) total += count;
  std::vector<double> counted;
  std::vector<double> expected;
  double left = total;
  double left_expected = total;
  for (int length = 1; length <= 20; ++length) {
    const auto found = runs.find(length);
    counted.push_back(found == runs.end() ? 0 : found->second);
    expected.push_back(total * std::pow(0.75, length - 1) * 0.25);
    left -= counted.back();
    left_expected -= expected.back();
  }
  counted.push_back(left);
  expected.push_back(left_expected);
  CHECK(chi_square(counted, expected) < chi_square_limit(20));
}

TEST_CASE("Gilbert-Elliott with loss in both states loses the weighted mean", "[impair][loss]") {
  Loss loss;
  loss.kind = LossKind::gilbert_elliott;
  loss.to_bad = 0.1;
  loss.to_good = 0.3;
  loss.good_loss = 0.01;
  loss.bad_loss = 0.5;
  CHECK(share(losses(loss)) == Approx(0.75 * 0.01 + 0.25 * 0.5).epsilon(0.02));
}

TEST_CASE("every Nth packet is lost exactly, bursts lose their whole length", "[impair][loss]") {
  Loss nth;
  nth.kind = LossKind::every_nth;
  nth.count = 7;
  const auto lost = losses(nth);
  for (std::size_t i = 0; i < lost.size(); ++i) REQUIRE(lost[i] == (i % 7 == 6));

  Loss bursts;
  bursts.kind = LossKind::bursts;
  bursts.probability = 0.001;
  bursts.count = 5;
  int single = 0;
  for (const auto& [length, count] : loss_runs(losses(bursts))) {
    REQUIRE(length % 5 == 0);
    if (length == 5) single += count;
  }
  CHECK(single > 900);
}

TEST_CASE("correlated jitter keeps its distribution and has the correlation of an AR(1)",
          "[impair][jitter]") {
  Jitter jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder, 0.8};
  const auto normal = jitters(jitter);
  CHECK(lag_one(normal) == Approx(0.8).margin(0.005));
  // Samples far enough apart are as good as independent.
  const auto thinned = [](const std::vector<double>& all) {
    std::vector<double> some;
    for (std::size_t i = 0; i < all.size(); i += 50) some.push_back(all[i]);
    return some;
  };
  CHECK(ks_statistic(thinned(normal), [](double x) { return normal_cdf(x / 5); }) < kKsLimit);
  jitter.kind = JitterKind::exponential;
  const auto exponential = jitters(jitter);
  CHECK(ks_statistic(thinned(exponential),
                     [](double x) { return x < 0 ? 0 : 1 - std::exp(-x / 5); }) < kKsLimit);
  CHECK(lag_one(exponential) > 0.6);
}

TEST_CASE("Pareto-normal has the mean and the tail of netem's table", "[impair][jitter]") {
  const auto values =
      jitters(Jitter{JitterKind::pareto_normal, Nanos::millis(10), 3.0, Order::reorder});
  double sum = 0;
  for (const double value : values) sum += value;
  // The cut at four times the scale takes a little off the mean.
  CHECK(sum / kMany == Approx(0.0).margin(0.8));
  CHECK(*std::max_element(values.begin(), values.end()) == Approx(40.0));
  const auto beyond = std::count_if(values.begin(), values.end(), [](double v) { return v > 30; });
  CHECK(beyond > kMany / 500);
  CHECK(beyond < kMany / 20);
}

TEST_CASE("an empirical table gives each of its values alike", "[impair][jitter]") {
  const DelayTable table{{-1, 0, 0.5, 3}};
  Jitter jitter{JitterKind::table, Nanos::millis(4), 3.0, Order::reorder, 0.0, &table};
  std::map<double, double> seen;
  for (const double value : jitters(jitter)) ++seen[std::round(value * 1e3) / 1e3];
  REQUIRE(seen.size() == 4);
  const std::vector<double> counted{seen[-4], seen[0], seen[2], seen[12]};
  CHECK(chi_square(counted, std::vector<double>(4, kMany / 4.0)) < chi_square_limit(3));
}

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
