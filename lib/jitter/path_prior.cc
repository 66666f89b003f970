#include "jitter/path_prior.h"

#include <algorithm>
#include <cmath>

namespace gimbal {

namespace {

constexpr double kHalfLifeSeconds = 60;

bool says_what_the_path_is(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::clean:
    case Verdict::jitter_fifo:
    case Verdict::jitter_reorder:
    case Verdict::random_loss:
      return true;
    default:
      return false;
  }
}

Nanos towards(Nanos from, Nanos to, double share) noexcept {
  return from + (to - from).scaled(share);
}

}  // namespace

PathPrior PathPrior::at(Instant now) const noexcept {
  PathPrior left = *this;
  const double age = std::max((now - updated).to_seconds(), 0.0);
  left.weight = weight * std::exp2(-age / kHalfLifeSeconds);
  return left.weight < kLeast ? PathPrior{} : left;
}

void PathPrior::fold(const PathPrior& seen, Instant now) noexcept {
  *this = at(now);
  const bool first = !known();
  weight = std::min(weight + 1, kMost);
  const double share = 1 / weight;
  // A shorter round trip is possible, so it is the base; a longer one may be a longer route.
  base = first || seen.base < base ? seen.base : towards(base, seen.base, share);
  jitter = towards(jitter, seen.jitter, share);
  reorder_window = towards(reorder_window, seen.reorder_window, share);
  loss_ratio += (seen.loss_ratio - loss_ratio) * share;
  // Most flows never fill the path: the highest rate is the one that says something.
  const auto faded = static_cast<double>(rate.bits_per_second()) * (1 - share / 4);
  rate = std::max(seen.rate, BitRate{static_cast<std::int64_t>(faded)});
  if (says_what_the_path_is(seen.verdict)) verdict = seen.verdict;
  updated = now;
}

}  // namespace gimbal
