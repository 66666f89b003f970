#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/rng.h"
#include "base/time.h"
#include "impair/direction_config.h"

namespace gimbal::impair {

/// One draw of the term `jitter` adds to the delay; may be negative.
[[nodiscard]] inline Nanos draw_jitter(const Jitter& jitter, Rng& luck) noexcept {
  // A Pareto draw has no upper bound; past an hour it would only overflow the arithmetic.
  constexpr double kLongest = 3600e9;
  const double scale = static_cast<double>(jitter.scale.count());
  double drawn = 0.0;
  switch (jitter.kind) {
    case JitterKind::none:
      return Nanos{};
    case JitterKind::uniform:
      drawn = scale * (2.0 * luck.uniform() - 1.0);
      break;
    case JitterKind::normal:
      drawn = scale * luck.normal();
      break;
    case JitterKind::exponential:
      drawn = luck.exponential(scale);
      break;
    case JitterKind::pareto:
      drawn = scale * std::pow(luck.positive(), -1.0 / jitter.shape);
      break;
  }
  return Nanos{static_cast<std::int64_t>(std::min(drawn, kLongest))};
}

}  // namespace gimbal::impair
