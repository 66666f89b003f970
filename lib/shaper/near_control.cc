#include "shaper/near_control.h"

#include <algorithm>

namespace gimbal {

namespace {
constexpr double kGrowing = 1.25;   ///< As in BBR's start-up.
constexpr double kMostPipes = 1.5;  ///< A pipe, and half of one in the queue.
constexpr int kFlatRounds = 3;
}  // namespace

void NearControl::activate(std::uint32_t in_flight, std::uint32_t mss, bool thin,
                           Instant now) noexcept {
  active_ = true;
  mss_ = mss;
  cubic_.start(std::max(2 * in_flight, 20 * mss), mss);
  flat_rounds_ = 0;
  elasticity_.begin(now);
  if (thin) thinner_.begin(now);
}

void NearControl::on_arrival(std::uint32_t bytes, PathModel& path, bool round_closed,
                             Instant now) noexcept {
  arrived_ += bytes;
  count_round(bytes, path, now);
  if (active_) grow(bytes, path, round_closed, now);
}

void NearControl::count_round(std::uint32_t bytes, PathModel& path, Instant now) noexcept {
  this_round_ += bytes;
  const Nanos lasted = now - round_start_;
  if (lasted < path.smoothed()) return;
  const double rate = static_cast<double>(this_round_) / lasted.to_seconds();
  const bool growing = rate > kGrowing * best_rate_;
  flat_rounds_ = growing ? 0 : static_cast<std::uint8_t>(std::min(flat_rounds_ + 1, 255));
  // A floor whose rate was exceeded since held no queue.
  if (growing && active_ && cubic_.in_slow_start()) path.accept_floor(best_floor_);
  if (rate > best_rate_) {
    best_rate_ = rate;
    best_floor_ = path.floor();
  }
  last_round_ = this_round_;
  this_round_ = 0;
  round_start_ = now;
  // One flat round and one raised floor are what jitter looks like, too.
  if (active_ && cubic_.in_slow_start() && flat_rounds_ >= kFlatRounds && path.raised())
    cubic_.leave_slow_start();
}

/// Jitter takes its share of the flight: without an allowance for it the bound would be what is
/// under way already, and slow start would crawl.
std::uint32_t NearControl::most_in_flight(const PathModel& path) const noexcept {
  if (!path.has_round() || best_rate_ <= 0) return UINT32_MAX;
  const Nanos span = path.base().scaled(kMostPipes) + (path.ceiling() - path.floor());
  return static_cast<std::uint32_t>(std::min(best_rate_ * span.to_seconds(), 4e9));
}

void NearControl::grow(std::uint32_t bytes, PathModel& path, bool round_closed,
                       Instant now) noexcept {
  const bool used = last_round_ + 8 * mss_ >= cubic_.window() / 4 * 3;
  // While our own window is what holds the sender, it has not shown that it stopped growing.
  const bool ours = cubic_.in_slow_start() && used;
  if (!ours)
    thinner_.on_data(bytes, used ? 0 : static_cast<std::int32_t>(4 * mss_), mss_, path.smoothed(),
                     now);
  if (path.raised()) {
    quiet_rounds_ = 0;
  } else if (round_closed && quiet_rounds_ < 255) {
    ++quiet_rounds_;
  }
  if (round_closed) weigh_round(path, now);
  if (!cubic_.in_slow_start()) {
    if (!courtesy_.may_grow(path.raised(), now)) return;
  } else if (cubic_.window() >= most_in_flight(path)) {
    return;
  }
  cubic_.on_delivered(bytes, path.smoothed(), used, now);
  const bool room = elasticity_.may_climb(cubic_.window()) &&
                    (cubic_.below_last_maximum() || now - reduced_at_ > limits_->caution);
  if (used && room && quiet_rounds_ >= limits_->quiet_rounds) cubic_.climb(bytes / 8);
}

void NearControl::weigh_round(PathModel& path, Instant now) noexcept {
  if (cubic_.in_slow_start()) return elasticity_.disturb(arrived_, now);
  const Nanos clear = elasticity_.close_round(cubic_.window(), path.floor(), arrived_, now);
  if (now - reduced_at_ > limits_->caution) path.accept_floor(clear);
  cubic_.adopt(courtesy_.close_round(
      {path.raised(), true, path.floor(), path.smoothed(), cubic_.window()}, now));
}

void NearControl::on_congestion(const PathModel& path, Instant now) noexcept {
  if (!active_ || now < next_reduction_) return;
  cubic_.on_congestion(std::max(last_round_, 2 * mss_), now);
  elasticity_.disturb(arrived_, now);
  courtesy_.forget();
  next_reduction_ = now + path.smoothed() * 2;
  reduced_at_ = now;
}

Nanos NearControl::thin_gap(const PathModel& path) const noexcept {
  if (!thinner_.active()) return {};
  return min(max(limits_->thin_gap, path.smoothed() / limits_->thin_per_rtt), limits_->hold_cap);
}

}  // namespace gimbal
