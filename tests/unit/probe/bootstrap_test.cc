#include "probe/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "probe/recorder.h"
#include "support/catch.h"

using namespace gimbal::probe;
using gimbal::Rng;

namespace {

struct Moments {
  double mean{0};
  double deviation{0};
};

Moments moments(const std::vector<double>& values) {
  Moments m;
  for (const double v : values) m.mean += v / static_cast<double>(values.size());
  for (const double v : values)
    m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  m.deviation = std::sqrt(m.deviation);
  return m;
}

Metric exponential(Rng& rng, int count) {
  Metric metric;
  for (int i = 0; i < count; ++i)
    metric.histogram.record(static_cast<std::uint64_t>(rng.exponential(20e6)));
  return metric;
}

/// A metric recorded once a millisecond. `clump`: for so many values in a row the latency is high
/// together, or low together.
Metric over_time(Rng& rng, int count, int clump) {
  Recorder recorder{"step", Clock::time_point{}};
  bool slow = false;
  for (int i = 0; i < count; ++i) {
    if (i % clump == 0) slow = rng.chance(0.3);
    const double ms = (slow ? 40 : 20) + rng.exponential(2);
    recorder.record(Clock::time_point{} + std::chrono::milliseconds{i},
                    static_cast<std::uint64_t>(ms * 1e6));
  }
  return recorder.finish();
}

}  // namespace

TEST_CASE("gamma and beta draws have the moments they should") {
  Rng rng{1};
  std::vector<double> gammas(20'000);
  std::vector<double> betas(20'000);
  for (double& g : gammas) g = draw_gamma(3.5, rng);
  for (double& b : betas) b = draw_beta(8, 2, rng);
  CHECK(moments(gammas).mean == Approx(3.5).epsilon(0.02));
  CHECK(moments(gammas).deviation == Approx(std::sqrt(3.5)).epsilon(0.03));
  CHECK(moments(betas).mean == Approx(0.8).epsilon(0.01));
  CHECK(moments(betas).deviation == Approx(std::sqrt(16.0 / (100 * 11))).epsilon(0.03));
}

TEST_CASE("a quantile drawn by its rank is spread as one of real resamples") {
  Rng rng{2};
  const Metric metric = exponential(rng, 400);
  std::vector<double> resampled(3000);
  for (double& value : resampled) {
    std::vector<double> again(400);
    for (double& v : again) v = value_at(metric, rng.uniform());
    std::sort(again.begin(), again.end());
    value = again[359];
  }
  const Moments expected = moments(resampled);
  const Moments drawn = moments(resample_quantile(metric, 0.9, 1, rng, 3000));
  CHECK(drawn.mean == Approx(expected.mean).epsilon(0.01));
  CHECK(drawn.deviation == Approx(expected.deviation).epsilon(0.08));
}

TEST_CASE("intervals hold the true percentile about as often as they promise") {
  Rng rng{3};
  const double truth = -20 * std::log(0.1);
  int held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const Metric metric = exponential(rng, 500);
    auto drawn = resample_quantile(metric, 0.9, 1, rng, 400);
    const Interval interval = interval_of(drawn, 0.95);
    held += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  CHECK(held >= 364);  // 0.91
  CHECK(held <= 396);  // 0.99
}

TEST_CASE("a mean's spread shrinks with the root of the count") {
  Rng rng{4};
  const double few = moments(resample_mean(exponential(rng, 400), 1, rng, 2000)).deviation;
  const double many = moments(resample_mean(exponential(rng, 6400), 1, rng, 2000)).deviation;
  CHECK(few == Approx(1.0).epsilon(0.2));  // 20 ms / sqrt(400)
  CHECK(few / many == Approx(4.0).epsilon(0.25));
}

TEST_CASE("independent values are worth their number, clumped ones less") {
  Rng rng{5};
  CHECK(design_effect(over_time(rng, 20'000, 1), 0.5) < 2.5);
  CHECK(design_effect(over_time(rng, 20'000, 1), 0.99) < 2.5);
  CHECK(design_effect(over_time(rng, 20'000, 500), 0.5) > 20);
}

TEST_CASE("the same seed gives the same interval") {
  Rng values{6};
  const Metric metric = exponential(values, 100);
  Rng first{9};
  Rng second{9};
  CHECK(resample_quantile(metric, 0.5, 1, first, 50) ==
        resample_quantile(metric, 0.5, 1, second, 50));
}
