// What comes out of a Direction, judged against the textbook distribution and not against the
// code that drew it.
#include <cmath>
#include <vector>

#include "impair/direction.h"
#include "statistics.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

constexpr int kSamples = 1'000'000;
constexpr Nanos kGap = Nanos::micros(120);

/// The random part of each packet's delay, in milliseconds.
std::vector<double> delays(const Jitter& jitter, Nanos delay, std::uint64_t seed) {
  DirectionConfig config;
  config.delay = delay;
  config.jitter = jitter;
  Direction direction{config, seed};
  std::vector<double> out;
  Instant now;
  for (int i = 0; i < kSamples; ++i, now = now + kGap) {
    const Admission admission = direction.admit(1514, now);
    out.push_back((admission.release_at - now - delay).to_ms());
  }
  return out;
}

Jitter jitter(JitterKind kind, double scale_ms, double shape = 3.0) {
  return Jitter{kind, Nanos::from_ms(scale_ms), shape, Order::reorder};
}

// Far from zero delay, where nothing is cut.
constexpr Nanos kFar = Nanos::millis(500);

double normal_cdf(double x, double sigma) { return 0.5 * std::erfc(-x / (sigma * std::sqrt(2.0))); }

}  // namespace

TEST_CASE("uniform jitter is uniform between minus and plus its scale", "[impair][jitter]") {
  const auto samples = delays(jitter(JitterKind::uniform, 4.0), kFar, 11);
  const auto cdf = [](double x) { return std::clamp((x + 4.0) / 8.0, 0.0, 1.0); };
  CHECK(ks_statistic(samples, cdf) < kKsLimit);
}

TEST_CASE("normal jitter is normal with its scale as standard deviation", "[impair][jitter]") {
  const auto samples = delays(jitter(JitterKind::normal, 15.0), kFar, 12);
  CHECK(ks_statistic(samples, [](double x) { return normal_cdf(x, 15.0); }) < kKsLimit);
}

TEST_CASE("exponential jitter has its scale as mean", "[impair][jitter]") {
  const auto samples = delays(jitter(JitterKind::exponential, 10.0), kFar, 13);
  CHECK(ks_statistic(samples, [](double x) { return x < 0 ? 0 : 1 - std::exp(-x / 10.0); }) <
        kKsLimit);
}

TEST_CASE("pareto jitter begins at its scale and falls with its shape", "[impair][jitter]") {
  for (const double shape : {1.5, 3.0}) {
    const auto samples = delays(jitter(JitterKind::pareto, 6.0, shape), kFar, 14);
    CHECK(ks_statistic(samples, [shape](double x) {
            return x < 6.0 ? 0.0 : 1.0 - std::pow(6.0 / x, shape);
          }) < kKsLimit);
  }
}

TEST_CASE("the test would notice a scale that is two percent off", "[impair][jitter]") {
  const auto samples = delays(jitter(JitterKind::normal, 15.0), kFar, 12);
  CHECK(ks_statistic(samples, [](double x) { return normal_cdf(x, 15.3); }) > kKsLimit);
}

TEST_CASE("one packet's jitter says nothing about the next one's", "[impair][jitter]") {
  for (const auto kind : {JitterKind::uniform, JitterKind::normal, JitterKind::exponential}) {
    auto samples = delays(jitter(kind, 5.0), kFar, 15);
    std::vector<double> next(samples.begin() + 1, samples.end());
    samples.pop_back();
    // Standard deviation of the estimate: 1 / sqrt(n) = 0.0032.
    CHECK(std::abs(correlation(samples, next)) < 0.011);
  }
}

TEST_CASE("jitter never delivers a packet before it left", "[impair][jitter]") {
  const Nanos delay = Nanos::millis(5);
  int cut = 0;
  for (const double extra : delays(jitter(JitterKind::normal, 15.0), delay, 16)) {
    REQUIRE(extra >= -5.0);
    cut += extra == -5.0;
  }
  const double expected = kSamples * normal_cdf(-5.0, 15.0);
  CHECK(std::abs(cut - expected) < 3.3 * std::sqrt(expected));
}

TEST_CASE("stalls come and last as long as configured, both exponential", "[impair][stalls]") {
  DirectionConfig config;
  config.stalls = Stalls{Nanos::millis(400), Nanos::millis(80)};
  Direction direction{config, 18};
  const Nanos step = Nanos::micros(500);
  std::vector<double> gaps;
  std::vector<double> stalls;
  Instant free_since;
  Instant now;
  for (int i = 0; i < 4'000'000; ++i, now = now + step) {
    const Admission admission = direction.admit(1514, now);
    REQUIRE(admission.dequeued_at == now);
    if (admission.release_at == now) continue;
    gaps.push_back((now - free_since).to_ms());
    stalls.push_back((admission.release_at - now).to_ms());
    while (now + step < admission.release_at) {
      now = now + step;
      const Admission next = direction.admit(1514, now);
      REQUIRE(next.release_at == admission.release_at);
    }
    free_since = admission.release_at;
  }
  // The 0.5 ms step of the probe shortens and lengthens each by
  // less than that, well under what the statistic can see.
  REQUIRE(stalls.size() > 2000);
  CHECK(ks_statistic(gaps, [](double x) { return 1 - std::exp(-x / 400.0); }) < kKsLimit);
  CHECK(ks_statistic(stalls, [](double x) { return 1 - std::exp(-x / 80.0); }) < kKsLimit);
}

}  // namespace gimbal::impair
