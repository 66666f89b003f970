#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal::impair {

/// How far `at` is into the current one of the periods counted from `start`; 0 to below `period`.
[[nodiscard]] constexpr Nanos phase_of(Instant at, Nanos period, Instant start) noexcept {
  const std::int64_t rest = (at - start).count() % period.count();
  return Nanos{rest < 0 ? rest + period.count() : rest};
}

/// The first whole multiple of `period` at or after `at`.
[[nodiscard]] constexpr Instant next_multiple(Instant at, Nanos period, Instant start) noexcept {
  const Nanos phase = phase_of(at, period, start);
  return phase == Nanos{} ? at : at + (period - phase);
}

}  // namespace gimbal::impair
