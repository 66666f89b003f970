#pragma once

#include <vector>

namespace gimbal::impair {

/// An empirical distribution: values at evenly spaced quantiles, ascending, in units of the
/// jitter's scale. Each is equally likely, as in netem. At least one value; immutable once built.
struct DelayTable {
  std::vector<double> values;
};

}  // namespace gimbal::impair
