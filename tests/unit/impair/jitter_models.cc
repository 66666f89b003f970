// Jitter with memory, tables and netem's mixture, over a million packets each.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "impair/delay_table.h"
#include "impair/direction.h"
#include "run_models.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

/// Samples far enough apart are as good as independent, whatever the correlation of neighbours.
std::vector<double> thinned(const std::vector<double>& all) {
  std::vector<double> some;
  for (std::size_t i = 0; i < all.size(); i += 50) some.push_back(all[i]);
  return some;
}

/// The normal value below which a share `u` lies, by halving.
double normal_quantile(double u) {
  double low = -9;
  double high = 9;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (normal_cdf(middle) < u ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// Pareto-normal at the quantile u: a quarter normal and three quarters of a Pareto of index 3 with
/// mean 0, cut at four times the scale (iproute2, netem/paretonormal.c).
double pareto_normal_quantile(double u) {
  return 0.25 * normal_quantile(u) + std::min(std::pow(1 - u, -1.0 / 3.0) - 1.5, 3.0);
}
/// Its distribution function, from many quantiles and straight lines between them.
class ParetoNormal {
 public:
  ParetoNormal() {
    for (int i = 1; i < kSteps; ++i)
      at_.push_back(pareto_normal_quantile(static_cast<double>(i) / kSteps));
  }
  [[nodiscard]] double cdf(double x) const {
    const auto above = std::upper_bound(at_.begin(), at_.end(), x);
    if (above == at_.begin()) return 0;
    if (above == at_.end()) return 1;
    const double within = (x - above[-1]) / (*above - above[-1]);
    return (static_cast<double>(above - at_.begin()) + within) / kSteps;
  }

 private:
  static constexpr int kSteps = 20'000;
  std::vector<double> at_;
};

}  // namespace

TEST_CASE("correlated jitter of any kind keeps its distribution", "[impair][jitter]") {
  using Cdf = double (*)(double);
  const auto [kind, cdf] = GENERATE(table<JitterKind, Cdf>(
      {{JitterKind::uniform, [](double x) { return std::clamp((x + 5) / 10, 0.0, 1.0); }},
       {JitterKind::normal, [](double x) { return normal_cdf(x / 5); }},
       {JitterKind::exponential, [](double x) { return x < 0 ? 0 : 1 - std::exp(-x / 5); }},
       {JitterKind::pareto, [](double x) { return x < 5 ? 0 : 1 - std::pow(5 / x, 3); }}}));
  const Jitter jitter{kind, Nanos::millis(5), 3.0, Order::reorder, 0.8};
  const auto values = jitters(jitter);
  CHECK(ks_statistic(thinned(values), cdf) < kKsLimit);
  CHECK(lag_one(values) > 0.5);
}

TEST_CASE("correlated normal jitter is an AR(1) of just that correlation", "[impair][jitter]") {
  const auto values =
      jitters(Jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder, 0.8});
  CHECK(lag_one(values) == Approx(0.8).margin(0.005));
  const std::vector<double> later{values.begin() + 3, values.end()};
  CHECK(correlation({values.begin(), values.end() - 3}, later) == Approx(0.512).margin(0.01));
}

TEST_CASE("Pareto-normal follows netem's mixture", "[impair][jitter]") {
  const double correlation = GENERATE(0.0, 0.6);
  auto values = jitters(
      Jitter{JitterKind::pareto_normal, Nanos::millis(10), 3.0, Order::reorder, correlation});
  if (correlation > 0) values = thinned(values);
  const ParetoNormal mixture;
  CHECK(ks_statistic(values, [&](double x) { return mixture.cdf(x / 10); }) < kKsLimit);
}

TEST_CASE("Pareto-normal has the quantiles of the table netem ships", "[impair][jitter]") {
  // paretonormal.dist of iproute2, in units of the scale (its values over 8192).
  constexpr std::array<std::pair<double, double>, 7> kTable{{{0.01, -1.080},
                                                             {0.1, -0.785},
                                                             {0.5, -0.240},
                                                             {0.9, 0.974},
                                                             {0.98, 2.696},
                                                             {0.993, 3.614},
                                                             {0.999, 3.759}}};
  auto values = jitters(Jitter{JitterKind::pareto_normal, Nanos::millis(1), 3.0, Order::reorder});
  std::sort(values.begin(), values.end());
  for (const auto& [share, value] : kTable) {
    CHECK(values[static_cast<std::size_t>(share * kMany)] == Approx(value).margin(0.02));
  }
}

TEST_CASE("the steps of a satellite's routes are uniform between their bounds", "[impair][steps]") {
  DirectionConfig config;
  config.jitter.order = Order::reorder;
  config.steps = Steps{kGap, Nanos::millis(5), Nanos::millis(25)};
  std::vector<double> steps;
  run(config, kMany, [&](int, const Admission& fate) {
    steps.push_back((fate.release_at - fate.enqueued).to_ms());
  });
  CHECK(ks_statistic(steps, [](double x) { return std::clamp((x - 5) / 20, 0.0, 1.0); }) <
        kKsLimit);
  CHECK(std::abs(lag_one(steps)) < 0.004);
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

}  // namespace gimbal::impair
