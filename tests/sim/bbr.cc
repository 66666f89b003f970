#include "sim/bbr.h"

#include <algorithm>
#include <cmath>

namespace gimbal::sim {

namespace {

constexpr double kHighGain = 2.885;
constexpr double kWindowGain = 2;
constexpr double kPacingMargin = 0.99;
constexpr std::uint32_t kLeastWindow = 4;
constexpr std::uint32_t kInitialWindow = 10;
constexpr double kPhaseGains[] = {1.25, 0.75, 1, 1, 1, 1, 1, 1};
constexpr double kMostAggregation = 0.1;  // Seconds of bandwidth.

}  // namespace

void Bbr::begin(std::uint32_t window, Nanos srtt, Instant now) noexcept {
  seen_rtt_ = srtt > Nanos{};
  const double rtt = seen_rtt_ ? srtt.to_seconds() : 0.001;
  pacing_rate_ = kHighGain * kPacingMargin * window * segment_bytes_ / rtt;
  min_rtt_ = seen_rtt_ ? srtt : Nanos::max();
  min_rtt_at_ = epoch_start_ = phase_start_ = now;
}

std::uint32_t Bbr::observe(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept {
  window_restored_ = false;
  update_bandwidth(sample, facts, now);
  update_aggregation(sample, facts, now);
  update_cycle(sample, facts, now);
  check_full_pipe(sample);
  check_drain(facts, now);
  update_min_rtt(sample, facts, now);
  set_gains();
  set_pacing(facts);
  BbrFacts current = facts;
  if (window_restored_) current.window = std::max(facts.window, prior_window_);
  return next_window(sample, current);
}

double Bbr::most_bandwidth() const noexcept { return best_.empty() ? 0 : best_.front().value; }

double Bbr::bandwidth() const noexcept { return policed_ ? policed_bandwidth_ : most_bandwidth(); }

std::uint32_t tso_segments(double bytes_per_second, std::uint32_t segment_bytes) noexcept {
  // A millisecond's worth, at most what a GSO frame holds (tcp_tso_autosize).
  const double bytes = std::min(bytes_per_second / 1024, 65'215.0);
  const std::uint32_t least = bytes_per_second < 150'000 ? 1 : 2;
  return std::max(static_cast<std::uint32_t>(bytes / segment_bytes), least);
}

std::uint32_t Bbr::burst_segments() const noexcept {
  return tso_segments(pacing_rate_, segment_bytes_);
}

std::uint32_t Bbr::pipe(double bandwidth, double gain) const noexcept {
  if (min_rtt_ == Nanos::max()) return kInitialWindow;
  return static_cast<std::uint32_t>(std::ceil(bandwidth * min_rtt_.to_seconds() * gain));
}

std::uint32_t Bbr::with_bursts(std::uint32_t window) const noexcept {
  window += 3 * burst_segments();
  window = (window + 1) & ~1U;
  if (state_ == State::probe_bandwidth && phase_ == 0) window += 2;
  return window;
}

std::uint32_t Bbr::in_flight_at(double bandwidth, double gain) const noexcept {
  return with_bursts(pipe(bandwidth, gain));
}

/// What will be in flight when the pacing clock lets the next segment go.
std::uint32_t Bbr::in_net(std::uint32_t in_flight, Nanos ahead) const noexcept {
  const double delivered = bandwidth() * max(ahead, Nanos{}).to_seconds();
  const double then = in_flight + (pacing_gain_ > 1 ? burst_segments() : 0U);
  return delivered >= then ? 0 : static_cast<std::uint32_t>(then - delivered);
}

std::uint32_t Bbr::aggregation() const noexcept {
  if (!full_pipe_) return 0;
  const auto most = static_cast<std::uint32_t>(bandwidth() * kMostAggregation);
  return std::min(most, std::max(extra_acked_[0], extra_acked_[1]));
}

void Bbr::set_gains() noexcept {
  switch (state_) {
    case State::start_up:
      pacing_gain_ = window_gain_ = kHighGain;
      return;
    case State::drain:
      pacing_gain_ = 1 / kHighGain;
      window_gain_ = kHighGain;
      return;
    case State::probe_bandwidth:
      pacing_gain_ = policed_ ? 1 : kPhaseGains[phase_];
      window_gain_ = kWindowGain;
      return;
    case State::probe_rtt:
      pacing_gain_ = window_gain_ = 1;
      return;
  }
}

void Bbr::set_pacing(const BbrFacts& facts) noexcept {
  if (!seen_rtt_ && facts.srtt > Nanos{}) {
    seen_rtt_ = true;
    pacing_rate_ =
        kHighGain * kPacingMargin * facts.window * segment_bytes_ / facts.srtt.to_seconds();
  }
  const double rate = bandwidth() * segment_bytes_ * pacing_gain_ * kPacingMargin;
  if (full_pipe_ || rate > pacing_rate_) pacing_rate_ = std::max(rate, 1.0);
}

void Bbr::save_window(std::uint32_t window) noexcept {
  const bool steady = !was_recovering_ && !was_after_timeout_ && state_ != State::probe_rtt;
  prior_window_ = steady ? window : std::max(prior_window_, window);
}

/// True while packets are conserved: one leaves for each that was delivered.
bool Bbr::recover(const RateSample& sample, const BbrFacts& facts, std::uint32_t& window) noexcept {
  if (sample.losses > 0) window = window > sample.losses ? window - sample.losses : 1;
  const bool was_either = was_recovering_ || was_after_timeout_;
  if (facts.recovering && !was_recovering_) {
    conserving_ = true;
    round_ends_ = facts.delivered;
    window = facts.in_flight + sample.acked;
  } else if (was_either && !facts.recovering && !facts.after_timeout) {
    window = std::max(window, prior_window_);
    conserving_ = false;
  }
  was_recovering_ = facts.recovering;
  was_after_timeout_ = facts.after_timeout;
  if (!conserving_) return false;
  window = std::max(window, facts.in_flight + sample.acked);
  return true;
}

std::uint32_t Bbr::next_window(const RateSample& sample, const BbrFacts& facts) noexcept {
  std::uint32_t window = facts.window;
  if (sample.acked > 0 && !recover(sample, facts, window)) {
    const std::uint32_t target = with_bursts(pipe(bandwidth(), window_gain_) + aggregation());
    if (full_pipe_) {
      window = std::min(window + sample.acked, target);
    } else if (window < target || facts.delivered < kInitialWindow) {
      window += sample.acked;
    }
    window = std::max(window, kLeastWindow);
  }
  return state_ == State::probe_rtt ? std::min(window, kLeastWindow) : window;
}

void Bbr::on_timeout(const BbrFacts& facts, Instant now) noexcept {
  was_after_timeout_ = true;
  was_recovering_ = false;
  full_bandwidth_ = 0;
  round_start_ = true;
  RateSample lossy;
  lossy.losses = 1;
  watch_policer(lossy, facts, now);
}

void Bbr::on_undo() noexcept {
  full_bandwidth_ = 0;
  full_rounds_ = 0;
  policed_ = policer_sampling_ = false;
  policed_bandwidth_ = 0;
}

void Bbr::on_restart(Instant now) noexcept {
  restarted_ = true;
  epoch_start_ = now;
  epoch_acked_ = 0;
  if (state_ == State::probe_bandwidth)
    pacing_rate_ = std::max(bandwidth() * segment_bytes_ * kPacingMargin, 1.0);
}

}  // namespace gimbal::sim
