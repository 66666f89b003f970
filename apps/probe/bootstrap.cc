#include "probe/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace gimbal::probe {
namespace {

/// Stretches fewer than this give no variance worth the name.
constexpr std::size_t kFewestStretches = 8;

double lower_edge(std::size_t bucket) {
  return bucket == 0 ? 0 : static_cast<double>(Histogram::upper_edge(bucket - 1)) + 1;
}

/// The share of values up to `value` (in the metric's unit), half of its own bucket counted.
double share_of(const Metric& metric, double value) {
  const auto raw = static_cast<std::uint64_t>(std::max(0.0, std::round(value / metric.scale)));
  const std::size_t own = Histogram::bucket_of(raw);
  const auto counts = metric.histogram.counts();
  double below = 0;
  for (std::size_t bucket = 0; bucket < std::min(own, counts.size()); ++bucket)
    below += static_cast<double>(counts[bucket]);
  if (own < counts.size()) below += static_cast<double>(counts[own]) / 2;
  return below / static_cast<double>(metric.histogram.count());
}

/// The rank of the q-quantile among n, 1..n.
double rank_of(double q, double n) { return std::clamp(std::ceil(q * n), 1.0, n); }

}  // namespace

Interval interval_of(std::vector<double>& resampled, double confidence) {
  if (resampled.empty()) return {};
  std::sort(resampled.begin(), resampled.end());
  const double tail = (1 - confidence) / 2 * static_cast<double>(resampled.size());
  const auto low = static_cast<std::size_t>(tail);
  return {resampled[low], resampled[resampled.size() - 1 - low]};
}

double draw_gamma(double shape, Rng& rng) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = rng.normal();
    const double cube = std::pow(1 + c * x, 3);
    if (cube <= 0) continue;
    if (std::log(rng.positive()) < 0.5 * x * x + d - d * cube + d * std::log(cube)) return d * cube;
  }
}

double draw_beta(double a, double b, Rng& rng) {
  const double x = draw_gamma(a, rng);
  return x / (x + draw_gamma(b, rng));
}

double design_effect(const Metric& metric, double q) {
  std::vector<double> deviations;
  for (const SeriesPoint& point : metric.series) {
    if (point.count == 0) continue;
    const auto n = static_cast<double>(point.count);
    const double series_q = q >= 0.9 ? 0.99 : 0.5;
    const double a = rank_of(series_q, n);
    const double b = n - a + 1;
    const double mean = a / (a + b);
    const double variance = a * b / ((a + b) * (a + b) * (a + b + 1));
    const double share = share_of(metric, q >= 0.9 ? point.p99 : point.p50);
    deviations.push_back((share - mean) / std::sqrt(variance));
  }
  double effect = 1;
  for (std::size_t length = 1; deviations.size() / length >= kFewestStretches; length *= 2) {
    double squares = 0;
    const std::size_t stretches = deviations.size() / length;
    for (std::size_t i = 0; i < stretches; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < length; ++j) sum += deviations[i * length + j];
      squares += sum * sum / static_cast<double>(length);
    }
    effect = std::max(effect, squares / static_cast<double>(stretches));
  }
  return effect;
}

double value_at(const Metric& metric, double u) {
  const auto counts = metric.histogram.counts();
  const auto total = static_cast<double>(metric.histogram.count());
  double seen = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    const auto here = static_cast<double>(counts[bucket]);
    if (here == 0) continue;
    if (seen + here >= u * total) {
      const double low = std::max(lower_edge(bucket), static_cast<double>(metric.histogram.min()));
      const auto high =
          static_cast<double>(std::min(Histogram::upper_edge(bucket), metric.histogram.max()));
      return (low + (high - low) * (u * total - seen) / here) * metric.scale;
    }
    seen += here;
  }
  return metric.max();
}

std::vector<double> resample_quantile(const Metric& metric, double q, double effect, Rng& rng,
                                      unsigned count) {
  const double n =
      std::max(1.0, std::round(static_cast<double>(metric.histogram.count()) / effect));
  const double rank = rank_of(q, n);
  std::vector<double> out(count);
  for (double& value : out) value = value_at(metric, draw_beta(rank, n - rank + 1, rng));
  return out;
}

std::vector<double> resample_mean(const Metric& metric, double effect, Rng& rng, unsigned count) {
  const auto counts = metric.histogram.counts();
  const auto total = static_cast<double>(metric.histogram.count());
  const double mean = metric.histogram.mean();
  double squares = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    const double off =
        (lower_edge(bucket) + static_cast<double>(Histogram::upper_edge(bucket))) / 2;
    squares += static_cast<double>(counts[bucket]) * (off - mean) * (off - mean);
  }
  // The mean of many values is normal whatever they are.
  const double error = std::sqrt(squares / total / std::max(1.0, total / effect));
  std::vector<double> out(count);
  for (double& value : out) value = (mean + error * rng.normal()) * metric.scale;
  return out;
}

}  // namespace gimbal::probe
