#pragma once

#include <memory>

#include "impair/rate_trace.h"

namespace gimbal::sim {

/// Rates of radio links by their published statistics, for the public traces themselves stay out of
/// the repository. A log-normal rate with memory (AR(1) from step to step), and gaps.
struct RateStatistics {
  double median_mbit{10};
  double p95_mbit{25};  ///< Of the steps outside gaps.
  double memory{0.9};   ///< Correlation of neighbouring steps.
  Nanos step{Nanos::millis(100)};
  double gaps_per_second{0};  ///< Times without any capacity,
  Nanos mean_gap{};           ///< exponential, at most two seconds.
};

/// `lasting` of such a link, the same for the same seed.
[[nodiscard]] std::shared_ptr<const impair::RateTrace> make_rate_series(const RateStatistics& about,
                                                                        Nanos lasting,
                                                                        std::uint64_t seed);

/// T-Mobile LTE while driving (Mahimahi's trace: mean 12.8 Mb/s, 8 % of 100 ms without service, 80
/// gaps above 200 ms in 475 s).
[[nodiscard]] RateStatistics lte_driving() noexcept;
/// 5G millimetre wave while driving (5Gophers: median 82, p95 263 Mb/s, 15 % of seconds below 1).
[[nodiscard]] RateStatistics mmwave_driving() noexcept;
/// Wi-Fi while walking (Multipath-Wireless-Link-Traces: 48 Mb/s, hardly any gap, slow fading).
[[nodiscard]] RateStatistics wifi_walking() noexcept;

}  // namespace gimbal::sim
