#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "probe/result.h"

namespace gimbal::probe {

/// What a resampled figure may be: the ends of its interval at the confidence asked for.
struct Interval {
  double low{0};
  double high{0};
};

/// The middle `confidence` (0..1) of resampled values (percentile bootstrap). Sorts them.
Interval interval_of(std::vector<double>& resampled, double confidence);

/// Gamma(shape, 1), shape >= 1, by Marsaglia and Tsang's rejection; Beta(a, b), a and b >= 1.
double draw_gamma(double shape, Rng& rng);
double draw_beta(double a, double b, Rng& rng);

/// How many times fewer independent values a metric is worth than it has, at least 1: the
/// variance of its intervals' percentiles against what independent values would give, over
/// stretches of 1, 2, 4 ... neighbouring intervals. Slow requests come in clumps, and a bootstrap
/// that does not know would believe too much. `q` >= 0.9 judges by the series' p99, else its p50.
double design_effect(const Metric& metric, double q);

/// The value at share `u` (0..1) of the metric's distribution in its unit, between bucket edges.
double value_at(const Metric& metric, double u);

/// `count` bootstrap replicates of the q-quantile (or of the mean) of a metric. Exact: the k-th of
/// n values drawn with replacement lies at share Beta(k, n - k + 1) of the distribution drawn from,
/// so no resample is ever made. `effect` divides n.
std::vector<double> resample_quantile(const Metric& metric, double q, double effect, Rng& rng,
                                      unsigned count);
std::vector<double> resample_mean(const Metric& metric, double effect, Rng& rng, unsigned count);

}  // namespace gimbal::probe
