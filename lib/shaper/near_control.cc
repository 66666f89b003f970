#include "shaper/near_control.h"

#include <algorithm>

namespace gimbal {

namespace {
constexpr double kGrowing = 1.25;   ///< As in BBR's start-up.
constexpr double kMostPipes = 1.5;  ///< A pipe, and half of one in the queue.
// Room for the rate to prove that it was not the best yet. Where order is kept the samples are
// those of all data, not of the first to arrive, and the acknowledgments may come in batches, too.
constexpr double kSparePipes = 1.25;
constexpr double kSparePipesInOrder = 1.5;
// A sender let out at a pace makes no bursts for the queue to take: less is enough. And less still
// where even that ran over.
constexpr double kSparePipesPaced = 1.1;
constexpr double kLessAnOverflow = 0.1;
constexpr std::uint8_t kMostOverflows = 2;
constexpr double kStartPace = 2;    ///< As Linux paces in slow start.
constexpr int kFlatRounds = 3;      ///< With a raised floor.
constexpr int kFlatForCertain = 6;  ///< Without: jitter hides a queue as well as it makes one.
// Its own pace holds the sender back as much as the pipe does, and jitter that keeps the order
// raises the floor with the packet rate: flat rounds prove little, raised or not.
constexpr int kFlatPaced = 24;
}  // namespace

void NearControl::activate(std::uint32_t in_flight, std::uint32_t mss, bool thin,
                           Instant now) noexcept {
  active_ = true;
  mss_ = mss;
  cubic_.start(std::max(2 * in_flight, 20 * mss), mss);
  flat_since_ = now;
  elasticity_.begin(now);
  thinned_ = thinned_ || thin;
  if (thin) thinner_.begin(now);
}

void NearControl::on_arrival(std::uint32_t bytes, NearLeg& leg, bool round_closed,
                             Instant now) noexcept {
  arrived_ += bytes;
  count_round(bytes, leg, now);
  if (active_) return grow(bytes, leg, round_closed, now);
  if (now - flat_since_ > leg.loop() * kFlatRounds) thinner_.stop();
}

double NearControl::mean_rate(std::size_t rounds) const noexcept {
  double bytes = 0;
  double seconds = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    bytes += static_cast<double>(lately_[i].bytes);
    seconds += static_cast<double>(lately_[i].seconds);
  }
  return seconds > 0 ? bytes / seconds : 0;
}

double NearControl::pace(Nanos smoothed) const noexcept {
  if (smoothed <= Nanos{}) return 1e12;
  const double even = static_cast<double>(window()) / smoothed.to_seconds();
  return cubic_.in_slow_start() ? kStartPace * even : even;
}

void NearControl::count_round(std::uint32_t bytes, NearLeg& leg, Instant now) noexcept {
  PathModel& path = leg.path();
  this_round_ += bytes;
  const Nanos lasted = now - round_start_;
  if (lasted < path.smoothed()) return;
  std::copy_backward(lately_.begin(), lately_.end() - 1, lately_.end());
  lately_[0] = {this_round_, static_cast<float>(lasted.to_seconds())};
  // A clump that falls into one round trip or the next makes a rate no link has.
  const double rate = mean_rate(paces() ? 2 : 1);
  // The sender's round trip may be several of the leg's: what grows by half of it in each is
  // growing.
  const bool growing = rate > kGrowing * proven_rate_;
  if (growing) {
    proven_rate_ = rate;
    flat_since_ = now;
  }
  // A floor whose rate was exceeded since held no queue.
  if (growing && active_ && cubic_.in_slow_start()) path.accept_floor(best_floor_);
  if (rate > best_rate_) {
    best_rate_ = rate;
    best_floor_ = path.floor();
  }
  peak_.add(paces() ? mean_rate(lately_.size()) : rate, now);
  pipe_ = in_flight_at(peak_.value(), least_pipes(), path);
  last_round_ = this_round_;
  this_round_ = 0;
  round_start_ = now;
  // One flat round and one raised floor are what jitter looks like, too.
  if (!active_ || !cubic_.in_slow_start()) return;
  const Nanos flat = now - flat_since_;
  const int unsure = path.raised() ? kFlatRounds : kFlatForCertain;
  if (flat < leg.loop() * (paces() ? kFlatPaced : unsure)) return;
  leave_slow_start(now);
  if (pipe_ > 0) cubic_.adopt(std::min(cubic_.window(), pipe_));
}

void NearControl::leave_slow_start(Instant now) noexcept {
  if (cubic_.in_slow_start()) started_at_ = now;
  cubic_.leave_slow_start();
}

double NearControl::least_pipes() const noexcept {
  if (paces()) return kSparePipesPaced - kLessAnOverflow * overflows_;
  return disorder_ ? kSparePipes : kSparePipesInOrder;
}

/// Jitter takes its share of the flight: without an allowance for it the bound would be what is
/// under way already, and slow start would crawl.
std::uint32_t NearControl::in_flight_at(double rate, double pipes,
                                        const PathModel& path) const noexcept {
  if (!path.has_round()) return 0;
  // A queue makes bursts, and bursts make jitter: it counts as far as half a pipe.
  const Nanos spread = paces() ? path.jitter() : path.ceiling() - path.floor();
  const Nanos jitter = min(spread, path.base() / 2);
  const Nanos span = path.base().scaled(pipes) + jitter;
  return static_cast<std::uint32_t>(std::min(rate * span.to_seconds(), 4e9));
}

std::uint32_t NearControl::most_in_flight(const PathModel& path) const noexcept {
  if (!path.has_round() || best_rate_ <= 0) return UINT32_MAX;
  return in_flight_at(best_rate_, kMostPipes, path);
}

void NearControl::grow(std::uint32_t bytes, NearLeg& leg, bool round_closed, Instant now) noexcept {
  PathModel& path = leg.path();
  const bool used = last_round_ + 8 * mss_ >= cubic_.window() / 4 * 3;
  // While our own window is what holds the sender, it has not shown that it stopped growing.
  const bool ours = cubic_.in_slow_start() && used;
  if (!ours)
    thinner_.on_data(bytes, used ? 0 : static_cast<std::int32_t>(4 * mss_), mss_, leg.loop(), now);
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

void NearControl::on_congestion(const NearLeg& leg, Instant revealed_at, Instant now) noexcept {
  // One reduction a flight: what was sent before the sender felt the last one is paid for.
  if (!active_ || revealed_at < reduced_at_ + leg.loop()) return;
  if (cubic_.in_slow_start()) started_at_ = now;
  overflows_ = std::min<std::uint8_t>(static_cast<std::uint8_t>(overflows_ + 1), kMostOverflows);
  cubic_.on_congestion(std::max(last_round_, 2 * mss_), now);
  elasticity_.disturb(arrived_, now);
  courtesy_.forget();
  reduced_at_ = now;
}

Nanos NearControl::thin_gap(Nanos loop) const noexcept {
  if (!thinner_.active()) return {};
  return min(max(limits_->thin_gap, loop / limits_->thin_per_rtt), limits_->hold_cap);
}

}  // namespace gimbal
