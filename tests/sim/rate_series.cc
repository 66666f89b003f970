#include "sim/rate_series.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace gimbal::sim {

std::shared_ptr<const impair::RateTrace> make_rate_series(const RateStatistics& about,
                                                          Nanos lasting, std::uint64_t seed) {
  Rng rng{seed};
  const double deviation = std::log(about.p95_mbit / about.median_mbit) / 1.645;
  const double fresh = std::sqrt(1 - about.memory * about.memory);
  const double per_step = about.gaps_per_second * about.step.to_seconds();
  std::vector<Nanos> at;
  std::vector<double> mbit;
  double state = rng.normal();
  Nanos dark_until{};
  for (Nanos now{}; now < lasting; now = now + about.step) {
    state = about.memory * state + fresh * rng.normal();
    if (now >= dark_until && rng.chance(per_step)) {
      const double length = rng.exponential(about.mean_gap.to_ms());
      dark_until = now + Nanos::from_ms(std::min(length, 2000.0));
    }
    at.push_back(now);
    mbit.push_back(now < dark_until ? 0 : about.median_mbit * std::exp(deviation * state));
  }
  mbit.front() = about.median_mbit;  // A handshake can be had.
  return std::make_shared<const impair::RateTrace>(
      impair::RateTrace::intervals(std::move(at), mbit, lasting));
}

RateStatistics lte_driving() noexcept {
  return {.median_mbit = 12,
          .p95_mbit = 32,
          .memory = 0.95,
          .gaps_per_second = 0.3,
          .mean_gap = Nanos::millis(250)};
}

RateStatistics mmwave_driving() noexcept {
  return {.median_mbit = 82,
          .p95_mbit = 263,
          .memory = 0.98,
          .gaps_per_second = 0.15,
          .mean_gap = Nanos::millis(900)};
}

RateStatistics wifi_walking() noexcept {
  return {.median_mbit = 48, .p95_mbit = 60, .memory = 0.995};
}

}  // namespace gimbal::sim
