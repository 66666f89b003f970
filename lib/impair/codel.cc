#include "impair/codel.h"

#include <cmath>

namespace gimbal::impair {

Codel::Verdict Codel::judge(Nanos waited, Instant at, const Aqm& aqm, Nanos target,
                            bool ecn_capable) noexcept {
  const bool ok_to_drop = above(waited, at, target, aqm.interval);
  if (!ok_to_drop) {
    dropping_ = false;
    return Verdict::pass;
  }
  if (dropping_) {
    if (at < drop_next_) return Verdict::pass;
    ++count_;
    drop_next_ = next(drop_next_, aqm.interval);
  } else {
    dropping_ = true;
    // A state left not long ago is taken up at nearly the rate it ended with.
    const std::uint32_t delta = count_ - last_count_;
    const bool recent = delta > 1 && at - drop_next_ < aqm.interval * 16;
    count_ = recent ? delta : 1;
    last_count_ = count_;
    drop_next_ = next(at, aqm.interval);
  }
  return aqm.ecn && ecn_capable ? Verdict::mark : Verdict::drop;
}

bool Codel::above(Nanos waited, Instant at, Nanos target, Nanos interval) noexcept {
  if (waited < target) {
    first_above_known_ = false;
    return false;
  }
  if (!first_above_known_) {
    first_above_known_ = true;
    first_above_ = at + interval;
    return false;
  }
  return at >= first_above_;
}

Instant Codel::next(Instant from, Nanos interval) const noexcept {
  return from + interval.scaled(1.0 / std::sqrt(static_cast<double>(count_)));
}

}  // namespace gimbal::impair
