#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/rng.h"
#include "base/time.h"
#include "impair/treatment.h"

namespace gimbal::impair {

/// Which regime the path is in: a Markov chain in continuous time, beginning with the first.
class RegimeProcess {
 public:
  RegimeProcess(std::uint64_t seed, Instant start) noexcept : luck_{seed}, until_{start} {}

  /// Begins anew with the first regime at `now`.
  void restart(Instant now) noexcept {
    current_ = 0;
    until_ = now;
    begun_ = false;
  }

  /// The regime in force at `now`, which must not run backwards. `regimes.on()` holds.
  [[nodiscard]] const Regime& at(const Regimes& regimes, Instant now) noexcept {
    if (!begun_) {
      begun_ = true;
      stay(regimes);
    }
    while (until_ <= now) {
      const double others = static_cast<double>(regimes.count - 1);
      const auto step = 1 + static_cast<std::size_t>(luck_.uniform() * others);
      current_ = (current_ + std::min(step, regimes.count - 1)) % regimes.count;
      stay(regimes);
    }
    return regimes.all[current_];
  }

 private:
  void stay(const Regimes& regimes) noexcept {
    const double mean = static_cast<double>(regimes.all[current_].mean_stay.count());
    // At least a microsecond, so that at() comes to an end soon after a long silence.
    until_ = until_ + Nanos{1000 + static_cast<std::int64_t>(luck_.exponential(mean))};
  }

  Rng luck_;
  std::size_t current_{0};
  Instant until_;
  bool begun_{false};
};

}  // namespace gimbal::impair
