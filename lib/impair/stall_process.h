#pragma once

#include <cstdint>

#include "base/rng.h"
#include "base/time.h"
#include "impair/direction_config.h"

namespace gimbal::impair {

/// When the path is frozen: gaps and stalls by turns, both exponential, beginning with a gap.
class StallProcess {
 public:
  StallProcess(const Stalls& stalls, std::uint64_t seed, Instant start) noexcept : luck_{seed} {
    restart(stalls, start);
  }

  /// Begins anew with a gap at `now`.
  void restart(const Stalls& stalls, Instant now) noexcept {
    stalls_ = stalls;
    until_ = now;
    if (stalls_.on()) draw();
  }

  /// When something that would pass at `at` may pass: `at` itself, or the end of the stall that
  /// holds it. `at` must not run backwards.
  [[nodiscard]] Instant pass(Instant at) noexcept {
    if (!stalls_.on()) return at;
    while (until_ <= at) draw();
    return from_ <= at ? until_ : at;
  }

 private:
  void draw() noexcept {
    from_ = until_ + Nanos{static_cast<std::int64_t>(
                         luck_.exponential(static_cast<double>(stalls_.every.count())))};
    // At least a nanosecond, so that pass() always comes to an end.
    until_ = from_ + Nanos{1 + static_cast<std::int64_t>(luck_.exponential(
                                   static_cast<double>(stalls_.lasting.count())))};
  }

  Stalls stalls_{};
  Rng luck_;
  Instant from_{};  // The stall that ends last: [from_, until_).
  Instant until_{};
};

}  // namespace gimbal::impair
