#pragma once

#include <cstdint>

#include "base/rng.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// When the requests of an open loop are due: at even distances, or as a Poisson process. The times
/// depend on the start, the rate and the seed alone, never on how the server keeps up: latency is
/// measured from them, so that a stall is charged to every request it delayed.
class Arrivals {
 public:
  /// `rate` per second, above 0.
  Arrivals(Clock::time_point start, double rate, bool poisson, std::uint64_t seed)
      : start_{start}, period_s_{1 / rate}, poisson_{poisson}, rng_{seed} {}

  /// The next time, never before the one given last.
  Clock::time_point next() {
    const double at = at_s_;
    // Even distances are multiplied, not summed: rounding must not drift over hours.
    at_s_ =
        poisson_ ? at_s_ + rng_.exponential(period_s_) : static_cast<double>(++given_) * period_s_;
    return start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{at});
  }

 private:
  Clock::time_point start_;
  double period_s_;
  bool poisson_;
  Rng rng_;
  double at_s_{0};
  std::uint64_t given_{0};
};

}  // namespace gimbal::probe
