#include "jitter/path_model.h"

#include <algorithm>

namespace gimbal {

namespace {
constexpr Nanos kEpoch = Nanos::seconds(10);
constexpr Nanos kRaisedEpoch = Nanos::seconds(20);
constexpr Nanos kShallowest = Nanos::millis(8);
constexpr Nanos kBrimEdge = Nanos::millis(1);
constexpr Nanos kLeastTolerance = Nanos::millis(4);
constexpr Nanos kMostTolerance = Nanos::millis(20);
constexpr std::uint32_t kSettledRounds = 16;
}  // namespace

std::uint16_t PathModel::ticks(Nanos span) noexcept {
  return static_cast<std::uint16_t>(std::min<std::int64_t>(span.count() / kTick.count(), kNoLeast));
}

void PathModel::seed(Nanos handshake_rtt) noexcept {
  if (has_samples() || handshake_rtt <= Nanos{}) return;
  smoothed_ = handshake_rtt;
  variation_ = handshake_rtt / 2;
  least_ = handshake_rtt;
}

bool PathModel::add(Nanos rtt, Instant now) noexcept {
  if (rtt <= Nanos{}) return false;
  least_ = min(least_, rtt);
  leasts_[0] = std::min(leasts_[0], ticks(rtt));
  if (!has_samples()) {
    smoothed_ = rtt;
    variation_ = rtt / 2;
  } else {
    const Nanos off = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
    variation_ = variation_ + (off - variation_) / 4;
    smoothed_ = smoothed_ + (rtt - smoothed_) / 8;
  }
  if (round_.count() == 0) {
    round_start_ = now;
    if (rounds_ == 0) epoch_start_ = now;
  }
  // Spread over the round trip: at full rate the last few dozen samples are one burst, and share
  // its luck.
  if (now - last_round_sample_ >= smoothed_ / kRoundSamples) {
    round_.add(rtt);
    last_round_sample_ = now;
  }
  if (now - last_recent_sample_ >= smoothed_ / kRecentSamples) {
    recent_.add(rtt);
    last_recent_sample_ = now;
  }
  const Nanos lasting = now - round_start_;
  const std::size_t enough = rounds_ < 4 ? kLeastRoundSamples : kLeastRoundSamples * 2;
  const bool whole = lasting >= smoothed_ && round_.count() >= enough;
  const bool overdue = lasting >= smoothed_ * 8 && round_.count() >= kLeastRoundSamples / 2;
  if (!whole && !overdue) return false;
  close_round(now);
  return true;
}

void PathModel::close_round(Instant now) noexcept {
  const Nanos before = floor_;
  floor_ = round_.quantile(0.25);
  ceiling_ = round_.quantile(0.90);
  const Nanos spread = ceiling_ - floor_;
  const Nanos step = floor_ > before ? floor_ - before : before - floor_;
  if (rounds_ == 0) {
    jitter_ = spread;
  } else {
    jitter_ = jitter_ + (spread - jitter_) / 8;
    noise_ = noise_ + (step - noise_) / 8;
  }
  // While the floor stands high nobody saw the base: it is kept longer.
  if (now - epoch_start_ > (raised_rounds_ > 0 ? kRaisedEpoch : kEpoch)) {
    lowest_ = {Nanos::max(), lowest_[0], lowest_[1]};
    leasts_ = {kNoLeast, leasts_[0]};
    brims_ = {0, brims_[0]};
    epoch_start_ = now;
  }
  brims_[0] = std::max(brims_[0], ticks(floor_));
  floors_[rounds_ % floors_.size()] = floor_;
  ++rounds_;
  settle_base();
  raised_rounds_ = floor_ > base() + tolerance() ? raised_rounds_ + 1 : 0;
  round_.clear();
}

void PathModel::settle_base() noexcept {
  const Nanos typical = typical_floor();
  if (rounds_ <= floors_.size()) {
    lowest_[0] = typical;
  } else if (rounds_ == kSettledRounds && typical <= lowest_[0] + tolerance()) {
    // The first floors rested on few samples each; what holds now is better known.
    lowest_[0] = typical;
  } else {
    lowest_[0] = min(lowest_[0], typical);
  }
}

void PathModel::accept_floor(Nanos floor) noexcept {
  if (rounds_ == 0 || floor <= base()) return;
  lowest_ = {floor, Nanos::max(), Nanos::max()};
}

/// Our own control yields long before the floor stands that far above the least sample: others fill
/// the queue, perhaps since before our first sample, and what they fill it to is its brim.
bool PathModel::at_brim(Nanos rtt) const noexcept {
  const Nanos brim = kTick * std::max(brims_[0], brims_[1]);
  const Nanos depth = brim - kTick * std::min(leasts_[0], leasts_[1]);
  if (depth < max(kShallowest, base() / 6)) return false;
  return rtt + max(kBrimEdge, depth / 16) > brim;
}

/// The median of the last five floors, the lower one of an even number.
Nanos PathModel::typical_floor() const noexcept {
  const std::size_t n = std::min<std::size_t>(rounds_, floors_.size());
  const std::size_t middle = (n - 1) / 2;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t below = 0;
    std::size_t equal = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (floors_[j] < floors_[i]) ++below;
      if (floors_[j] == floors_[i]) ++equal;
    }
    if (below <= middle && middle < below + equal) return floors_[i];
  }
  return floor_;
}

Nanos PathModel::base() const noexcept {
  const Nanos lowest = min(lowest_[0], min(lowest_[1], lowest_[2]));
  if (lowest < Nanos::max()) return lowest;
  return has_samples() ? least_ : Nanos{};
}

Nanos PathModel::tolerance() const noexcept {
  const Nanos shaken = max(max(kLeastTolerance, base() / 10), jitter_ / 4) + noise_ * 3 / 2;
  // A queue on a link whose rate moves shakes too, and must not hide behind that.
  return min(shaken, max(kMostTolerance, base() / 2));
}

bool PathModel::raised(std::int64_t times) const noexcept {
  // A base known from a handshake or a few samples is a minimum, and biased low.
  if (rounds_ < 2) return false;
  return recent_floor() > base() + tolerance() * times;
}

}  // namespace gimbal
