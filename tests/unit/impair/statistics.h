#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gimbal::impair {

/// Kolmogorov-Smirnov distance between samples and a continuous distribution function, times the
/// square root of their number: beyond 1.95 has probability 0.001 when the samples are honest.
template <class Cdf>
double ks_statistic(std::vector<double> samples, Cdf cdf) {
  std::sort(samples.begin(), samples.end());
  const double n = static_cast<double>(samples.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double expected = cdf(samples[i]);
    distance = std::max({distance, expected - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - expected});
  }
  return distance * std::sqrt(n);
}
inline constexpr double kKsLimit = 1.95;

/// Pearson's statistic of counts against expectations.
inline double chi_square(const std::vector<double>& counted, const std::vector<double>& expected) {
  double sum = 0.0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const double off = counted[i] - expected[i];
    sum += off * off / expected[i];
  }
  return sum;
}
/// The value chi-square with k degrees of freedom exceeds with probability 0.001
/// (Wilson and Hilferty).
inline double chi_square_limit(double k) {
  const double root = 1.0 - 2.0 / (9.0 * k) + 3.090 * std::sqrt(2.0 / (9.0 * k));
  return k * root * root * root;
}

/// Correlation between two equally long series.
inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  return (n * ab - sum_a * sum_b) / std::sqrt((n * aa - sum_a * sum_a) * (n * bb - sum_b * sum_b));
}

}  // namespace gimbal::impair
