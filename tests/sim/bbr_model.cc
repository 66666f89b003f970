// What BBR believes of the path: its bandwidth, its round trip, whether a policer sits on it.

#include <algorithm>
#include <cmath>

#include "sim/bbr.h"

namespace gimbal::sim {

namespace {

constexpr std::uint64_t kBandwidthRounds = 10;
constexpr double kStillGrowing = 1.25;
constexpr unsigned kFullRounds = 3;
constexpr unsigned kPhases = 8;
constexpr std::uint32_t kLeastWindow = 4;
constexpr Nanos kMinRttLife = Nanos::seconds(10);
constexpr Nanos kProbeRtt = Nanos::millis(200);
constexpr unsigned kAggregationRounds = 5;
constexpr std::uint64_t kEpochReset = 1U << 20;
constexpr unsigned kPolicerRounds = 4;
constexpr double kPolicerLoss = 50.0 / 256;
constexpr double kPolicerSame = 1.0 / 8;
constexpr double kPolicerSameBytes = 500;  // Per second: 4 kbit/s.
constexpr unsigned kPolicedRounds = 48;

}  // namespace

void Bbr::update_bandwidth(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept {
  round_start_ = false;
  if (!sample.valid) return;
  if (sample.prior_delivered >= round_ends_) {
    round_ends_ = facts.delivered;
    ++round_;
    round_start_ = true;
    conserving_ = false;
  }
  watch_policer(sample, facts, now);
  const double rate = static_cast<double>(sample.delivered) / sample.interval.to_seconds();
  if (sample.app_limited && rate < most_bandwidth()) return;
  while (!best_.empty() && best_.back().value <= rate) best_.pop_back();
  best_.push_back({round_, rate});
  while (best_.front().round + kBandwidthRounds < round_) best_.pop_front();
}

void Bbr::update_aggregation(const RateSample& sample, const BbrFacts& facts,
                             Instant now) noexcept {
  if (sample.acked == 0 || !sample.valid) return;
  if (round_start_ && ++extra_rounds_ >= kAggregationRounds) {
    extra_rounds_ = 0;
    extra_slot_ ^= 1U;
    extra_acked_[extra_slot_] = 0;
  }
  auto expected =
      static_cast<std::uint64_t>(bandwidth() * max(now - epoch_start_, Nanos{}).to_seconds());
  if (epoch_acked_ <= expected || epoch_acked_ + sample.acked >= kEpochReset) {
    epoch_acked_ = 0;
    epoch_start_ = now;
    expected = 0;
  }
  epoch_acked_ += sample.acked;
  const auto extra =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(epoch_acked_ - expected, facts.window));
  extra_acked_[extra_slot_] = std::max(extra_acked_[extra_slot_], extra);
}

void Bbr::enter_probe_bandwidth(Instant now) noexcept {
  state_ = State::probe_bandwidth;
  // Any phase but the draining one, so that flows do not probe in step.
  phase_ = (kPhases - static_cast<unsigned>(rng_.next() % 7)) % kPhases;
  phase_start_ = now;
}

void Bbr::update_cycle(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept {
  if (state_ != State::probe_bandwidth) return;
  bool next = now - phase_start_ > min_rtt_;
  if (pacing_gain_ > 1) {
    next = next && (sample.losses > 0 || in_net(sample.prior_in_flight, facts.ahead) >=
                                             in_flight_at(most_bandwidth(), pacing_gain_));
  } else if (pacing_gain_ < 1) {
    next = next || in_net(sample.prior_in_flight, facts.ahead) <= in_flight_at(most_bandwidth(), 1);
  }
  if (!next) return;
  phase_ = (phase_ + 1) % kPhases;
  phase_start_ = now;
}

void Bbr::check_full_pipe(const RateSample& sample) noexcept {
  if (full_pipe_ || !round_start_ || sample.app_limited) return;
  if (most_bandwidth() >= full_bandwidth_ * kStillGrowing) {
    full_bandwidth_ = most_bandwidth();
    full_rounds_ = 0;
    return;
  }
  full_pipe_ = ++full_rounds_ >= kFullRounds;
}

void Bbr::check_drain(const BbrFacts& facts, Instant now) noexcept {
  if (state_ == State::start_up && full_pipe_) state_ = State::drain;
  if (state_ != State::drain) return;
  if (in_net(facts.in_flight, facts.ahead) <= in_flight_at(most_bandwidth(), 1))
    enter_probe_bandwidth(now);
}

void Bbr::update_min_rtt(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept {
  const bool expired = now - min_rtt_at_ > kMinRttLife;
  if (sample.rtt < Nanos::max() && (sample.rtt < min_rtt_ || (expired && !sample.ack_delayed))) {
    min_rtt_ = sample.rtt;
    min_rtt_at_ = now;
  }
  if (expired && !restarted_ && state_ != State::probe_rtt) {
    save_window(facts.window);
    state_ = State::probe_rtt;
    probe_rtt_done_ = Instant{};
  }
  if (state_ == State::probe_rtt) {
    if (probe_rtt_done_ == Instant{} && facts.in_flight <= kLeastWindow) {
      probe_rtt_done_ = now + kProbeRtt;
      probe_rtt_round_done_ = false;
      round_ends_ = facts.delivered;
    } else if (probe_rtt_done_ != Instant{}) {
      probe_rtt_round_done_ = probe_rtt_round_done_ || round_start_;
      if (probe_rtt_round_done_ && now > probe_rtt_done_) leave_probe_rtt(now);
    }
  }
  if (sample.delivered > 0) restarted_ = false;
}

void Bbr::leave_probe_rtt(Instant now) noexcept {
  min_rtt_at_ = now;
  window_restored_ = true;
  if (full_pipe_)
    enter_probe_bandwidth(now);
  else
    state_ = State::start_up;
}

void Bbr::begin_policer_interval(const BbrFacts& facts, Instant now) noexcept {
  policer_since_ = now;
  policer_delivered_ = facts.delivered;
  policer_lost_ = facts.lost;
  policer_rounds_ = 0;
}

void Bbr::forget_policer(const BbrFacts& facts, Instant now) noexcept {
  policed_ = policer_sampling_ = false;
  policed_bandwidth_ = 0;
  begin_policer_interval(facts, now);
}

void Bbr::watch_policer(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept {
  if (policed_) {
    if (state_ == State::probe_bandwidth && round_start_ && ++policer_rounds_ >= kPolicedRounds) {
      forget_policer(facts, now);
      enter_probe_bandwidth(now);
    }
    return;
  }
  // An interval runs from loss to loss: the bucket is empty at both ends.
  if (!policer_sampling_) {
    if (sample.losses == 0) return;
    begin_policer_interval(facts, now);
    policer_sampling_ = true;
  }
  if (sample.app_limited) return forget_policer(facts, now);
  if (round_start_) ++policer_rounds_;
  if (policer_rounds_ < kPolicerRounds) return;
  if (policer_rounds_ > 4 * kPolicerRounds) return forget_policer(facts, now);
  if (sample.losses == 0) return;
  const auto lost = static_cast<double>(facts.lost - policer_lost_);
  const auto delivered = static_cast<double>(facts.delivered - policer_delivered_);
  if (delivered <= 0 || lost < kPolicerLoss * delivered) return;
  const Nanos span = now - policer_since_;
  if (span < Nanos::millis(1)) return;
  judge_policer(delivered / span.to_seconds(), facts, now);
}

void Bbr::judge_policer(double bandwidth, const BbrFacts& facts, Instant now) noexcept {
  if (policed_bandwidth_ > 0) {
    const double apart = std::abs(bandwidth - policed_bandwidth_);
    if (apart <= kPolicerSame * policed_bandwidth_ || apart * segment_bytes_ <= kPolicerSameBytes) {
      policed_bandwidth_ = (bandwidth + policed_bandwidth_) / 2;
      policed_ = true;
      pacing_gain_ = 1;
      policer_rounds_ = 0;
      return;
    }
  }
  policed_bandwidth_ = bandwidth;
  begin_policer_interval(facts, now);
}

}  // namespace gimbal::sim
