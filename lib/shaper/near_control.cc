#include "shaper/near_control.h"

#include <algorithm>

namespace gimbal {

void NearControl::activate(std::uint32_t in_flight, std::uint32_t mss, bool thin,
                           Instant now) noexcept {
  active_ = true;
  mss_ = mss;
  cubic_.start(std::max(2 * in_flight, 20 * mss), mss);
  start_up_.begin();
  if (thin) thinner_.begin(now);
}

void NearControl::on_arrival(std::uint32_t bytes, const PathModel& path, bool round_closed,
                             Instant now) noexcept {
  arrived_ += bytes;
  count_round(bytes, path, now);
  if (active_) grow(bytes, path, round_closed, now);
}

void NearControl::count_round(std::uint32_t bytes, const PathModel& path, Instant now) noexcept {
  this_round_ += bytes;
  if (now - round_start_ < path.smoothed()) return;
  last_round_ = this_round_;
  this_round_ = 0;
  round_start_ = now;
  if (!active_) return;
  start_up_.close_round(arrived_, now);
  if (cubic_.in_slow_start() && start_up_.plateau() && path.raised()) cubic_.leave_slow_start();
}

void NearControl::grow(std::uint32_t bytes, const PathModel& path, bool round_closed,
                       Instant now) noexcept {
  const bool used = last_round_ + 8 * mss_ >= cubic_.window() / 4 * 3;
  thinner_.on_data(bytes, used ? 0 : static_cast<std::int32_t>(4 * mss_), mss_, path.smoothed(),
                   now);
  if (path.raised()) {
    quiet_rounds_ = 0;
  } else if (round_closed && quiet_rounds_ < 255) {
    ++quiet_rounds_;
  }
  if (!cubic_.in_slow_start()) {
    if (round_closed && courtesy_.step_back(path.raised(), now)) cubic_.step_back();
    if (!courtesy_.may_grow(path.raised(), now)) return;
  } else if (cubic_.window() >= start_up_.most_in_flight(path)) {
    return;
  }
  cubic_.on_delivered(bytes, path.smoothed(), used, now);
  const bool room = cubic_.below_last_maximum() || now - reduced_at_ > limits_->caution;
  if (used && room && quiet_rounds_ >= limits_->quiet_rounds) cubic_.climb(bytes / 8);
}

void NearControl::on_congestion(const PathModel& path, Instant now) noexcept {
  if (!active_ || now < next_reduction_) return;
  cubic_.on_congestion(std::max(last_round_, 2 * mss_), now);
  next_reduction_ = now + path.smoothed() * 2;
  reduced_at_ = now;
}

Nanos NearControl::thin_gap(const PathModel& path) const noexcept {
  if (!thinner_.active()) return {};
  return min(max(limits_->thin_gap, path.smoothed() / limits_->thin_per_rtt), limits_->hold_cap);
}

}  // namespace gimbal
