#pragma once

#include <cmath>
#include <vector>

#include "impair/direction.h"
#include "statistics.h"

namespace gimbal::impair {

inline constexpr int kMany = 1'000'000;
inline constexpr Nanos kGap = Nanos::micros(100);

inline Instant at_ms(double ms) { return Instant{} + Nanos::from_ms(ms); }

/// Sends `packets`, one each `kGap`, through a direction; `use(number, fate)` sees each.
template <class Use>
void run(const DirectionConfig& config, int packets, Use use, std::uint64_t seed = 1,
         Arrival arrival = Arrival{1514, 0, false}) {
  Direction direction{config, seed};
  Instant now;
  for (int i = 0; i < packets; ++i, now = now + kGap) use(i, direction.admit(arrival, now));
}

/// The random part of each packet's delay in milliseconds, so far from zero that nothing is cut.
inline std::vector<double> jitters(const Jitter& jitter, int packets = kMany,
                                   std::uint64_t seed = 1) {
  constexpr Nanos kFar = Nanos::seconds(5);
  DirectionConfig config;
  config.delay = kFar;
  config.jitter = jitter;
  std::vector<double> out;
  run(
      config, packets,
      [&](int, const Admission& fate) {
        out.push_back((fate.release_at - fate.enqueued - kFar).to_ms());
      },
      seed);
  return out;
}

inline double lag_one(const std::vector<double>& values) {
  return correlation({values.begin(), values.end() - 1}, {values.begin() + 1, values.end()});
}

inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace gimbal::impair
