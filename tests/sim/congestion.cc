#include "sim/congestion.h"

#include <algorithm>
#include <cmath>

namespace gimbal::sim {

namespace {

constexpr double kC = 0.4;
constexpr double kBeta = 717.0 / 1024.0;
constexpr std::uint32_t kHystartLowWindow = 16;
constexpr std::uint32_t kHystartSamples = 8;
constexpr Nanos kTrainGap = Nanos::millis(2);

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::cubic:
      return "cubic";
    case Algorithm::reno:
      return "reno";
    case Algorithm::bbr:
      return "bbr";
  }
  return "?";
}

void Congestion::observe_rtt(Nanos rtt, std::uint64_t una, std::uint64_t next,
                             Instant now) noexcept {
  if (algorithm_ != Algorithm::cubic) return;
  // The first second after a recovery measures the recovery, not the path.
  if (epoch_ != Instant::never() && now - epoch_ < Nanos::seconds(1)) return;
  delay_min_ = min(delay_min_, rtt);
  if (!left_slow_start_ && in_slow_start() && window_ >= kHystartLowWindow)
    watch_hystart(rtt, una, next, now);
}

void Congestion::watch_hystart(Nanos rtt, std::uint64_t una, std::uint64_t next,
                               Instant now) noexcept {
  if (una > round_end_) {
    round_end_ = next;
    round_start_ = train_end_ = now;
    round_rtt_ = Nanos::max();
    round_samples_ = 0;
  }
  bool leave = false;
  if (now - train_end_ <= kTrainGap) {
    train_end_ = now;
    // Half, because an unpaced sender's window is back-to-back at the bottleneck.
    leave = now - round_start_ > (paced_ ? delay_min_ : delay_min_ / 2);
  }
  round_rtt_ = min(round_rtt_, rtt);
  if (round_samples_ < kHystartSamples) {
    ++round_samples_;
  } else {
    const Nanos margin = std::clamp(delay_min_ / 8, Nanos::millis(4), Nanos::millis(16));
    leave = leave || round_rtt_ > delay_min_ + margin;
  }
  if (!leave) return;
  left_slow_start_ = true;
  threshold_ = window_;
}

void Congestion::grow(std::uint32_t acked, Instant now) noexcept {
  if (in_slow_start()) {
    const std::uint32_t room = threshold_ - window_;
    const std::uint32_t used = std::min(acked, room);
    window_ += used;
    acked -= used;
    if (acked == 0) return;
  }
  additive(algorithm_ == Algorithm::cubic ? cubic_count(acked, now) : window_, acked);
}

std::uint32_t Congestion::cubic_count(std::uint32_t acked, Instant now) noexcept {
  friendly_acks_ += acked;
  if (last_window_ == window_ && now - computed_ <= Nanos::millis(31) && count_ != 0) return count_;
  last_window_ = window_;
  computed_ = now;
  if (epoch_ == Instant::never()) {
    epoch_ = now;
    friendly_acks_ = acked;
    friendly_window_ = window_;
    origin_ = std::max(last_max_, window_);
    k_seconds_ = last_max_ <= window_ ? 0.0 : std::cbrt((last_max_ - window_) / kC);
  }
  const Nanos lookahead = delay_min_ == Nanos::max() ? Nanos{} : delay_min_;
  const double t = (now - epoch_ + lookahead).to_seconds() - k_seconds_;
  const double target = origin_ + kC * t * t * t;
  count_ = 100 * window_;
  if (target > window_ + 1e-9) {
    const double per = window_ / (target - window_);
    count_ = per > 1e9 ? 100 * window_ : static_cast<std::uint32_t>(per);
  }
  // Without a known maximum the curve is flat at first: grow at least 5 % a round.
  if (last_max_ == 0) count_ = std::min(count_, 20U);
  // Reno-friendly region: what an AIMD flow with the same cut would have by now.
  const std::uint32_t per_step = std::max(1U, (window_ * 15) >> 3);
  while (friendly_acks_ > per_step) {
    friendly_acks_ -= per_step;
    ++friendly_window_;
  }
  if (friendly_window_ > window_) count_ = std::min(count_, window_ / (friendly_window_ - window_));
  return count_ = std::max(count_, 2U);
}

void Congestion::additive(std::uint32_t per, std::uint32_t acked) noexcept {
  if (credit_ >= per) {
    credit_ = 0;
    ++window_;
  }
  credit_ += acked;
  window_ += credit_ / per;
  credit_ %= per;
}

std::uint32_t Congestion::cut_threshold() noexcept {
  if (algorithm_ == Algorithm::bbr) return threshold_;
  if (algorithm_ == Algorithm::reno) return std::max(window_ / 2, 2U);
  epoch_ = Instant::never();
  count_ = 0;
  // Fast convergence: a flow that shrinks twice makes room for newcomers.
  last_max_ =
      window_ < last_max_ ? static_cast<std::uint32_t>(window_ * (1.0 + kBeta) / 2.0) : window_;
  return std::max(static_cast<std::uint32_t>(window_ * kBeta), 2U);
}

void Congestion::reset() noexcept {
  last_max_ = origin_ = friendly_window_ = friendly_acks_ = count_ = last_window_ = credit_ = 0;
  epoch_ = Instant::never();
  delay_min_ = Nanos::max();
  left_slow_start_ = false;
  round_end_ = 0;
  round_samples_ = 0;
  round_rtt_ = Nanos::max();
}

}  // namespace gimbal::sim
