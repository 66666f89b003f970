#include "shaper/cubic.h"

#include <algorithm>
#include <cmath>

namespace gimbal {

void Cubic::start(std::uint32_t window, std::uint32_t mss) noexcept {
  *this = Cubic{};
  mss_ = mss;
  window_ = std::max(static_cast<double>(window), 2 * mss_);
  threshold_ = kNoThreshold;
}

void Cubic::on_delivered(std::uint32_t acked, Nanos smoothed_rtt, bool window_used,
                         Instant now) noexcept {
  if (!window_used) {
    // Idle time must not count as time to grow: the curve would jump on return (RFC 9438 5.8).
    in_epoch_ = false;
    return;
  }
  if (in_slow_start()) {
    window_ += acked;
    return;
  }
  grow(acked, smoothed_rtt, now);
}

void Cubic::grow(double acked, Nanos smoothed_rtt, Instant now) noexcept {
  if (!in_epoch_) {
    in_epoch_ = true;
    epoch_ = now;
    w_est_ = window_;
    origin_ = std::max(w_max_, window_);
    k_ = std::cbrt((origin_ - window_) / mss_ / kC);
  }
  const double t = (now - epoch_).to_seconds() + smoothed_rtt.to_seconds();
  const double offset = t - k_;
  const double target =
      std::clamp(origin_ + kC * offset * offset * offset * mss_, window_, 1.5 * window_);
  constexpr double kAlpha = 3 * (1 - kBeta) / (1 + kBeta);  // RFC 9438 4.3.
  w_est_ += (w_est_ < w_max_ ? kAlpha : 1.0) * mss_ * acked / window_;
  const double step = (target - window_) * acked / window_;
  window_ += std::clamp(step, 0.01 * acked * mss_ / window_, acked / 2);
  window_ = std::max(window_, std::min(w_est_, 1.5 * window_));
}

void Cubic::climb(std::uint32_t bytes) noexcept {
  if (in_slow_start()) return;
  window_ += bytes;
  threshold_ = std::min(threshold_, window_);
  in_epoch_ = false;
}

void Cubic::adopt(std::uint32_t window) noexcept {
  const std::uint32_t now = this->window();
  if (window == now) return;
  // What comes back was lent: the curve goes on where it was.
  if (window < now) in_epoch_ = false;
  window_ = std::max(static_cast<double>(window), 4 * mss_);
  threshold_ = std::min(threshold_, window_);
}

void Cubic::on_congestion(std::uint32_t flight, Instant now, double keep) noexcept {
  before_window_ = window_;
  before_threshold_ = threshold_;
  before_w_max_ = w_max_;
  window_ = std::min(window_, std::max(static_cast<double>(flight), 4 * mss_));
  // Fast convergence, RFC 9438 4.7: give way to newcomers when losing ground.
  w_max_ = window_ < w_max_ ? window_ * (1 + kBeta) / 2 : window_;
  window_ = std::max(window_ * keep, 2 * mss_);
  threshold_ = window_;
  in_epoch_ = false;
  epoch_ = now;
}

void Cubic::undo(bool to_slow_start) noexcept {
  if (before_window_ <= 0) return;
  window_ = std::max(window_, before_window_);
  threshold_ = to_slow_start ? std::max(threshold_, before_threshold_) : window_;
  w_max_ = before_w_max_;
  in_epoch_ = false;
  before_window_ = 0;
}

void Cubic::leave_slow_start() noexcept {
  if (!in_slow_start()) return;
  threshold_ = window_;
  w_max_ = window_;
}

}  // namespace gimbal
