#pragma once

#include <cstdint>

#include "base/rng.h"
#include "base/time.h"
#include "impair/treatment.h"

namespace gimbal::impair {

/// The random terms of successive packets. The n-th draw depends on the seed and on n only, and,
/// when correlated, on the draws before it.
class JitterProcess {
 public:
  explicit JitterProcess(std::uint64_t seed) noexcept : luck_{seed} {}

  /// What `jitter` adds to the delay of the next packet; may be negative.
  [[nodiscard]] Nanos draw(const Jitter& jitter) noexcept;

 private:
  Rng luck_;
  double last_normal_{0.0};
  bool started_{false};
};

}  // namespace gimbal::impair
