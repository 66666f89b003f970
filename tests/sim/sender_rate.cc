// Pacing, and a sender that models its path's rate instead of waiting for loss: samples, window.

#include <algorithm>

#include "sim/sender.h"

namespace gimbal::sim {

void Sender::begin_rate_model() {
  if (config_.algorithm != Algorithm::bbr) return;
  bbr_.emplace(payload_max_, config_.initial_seq.raw());
  bbr_->begin(congestion_.window(), rtt_.smoothed(), loop_.now());
}

BbrFacts Sender::bbr_facts() const noexcept {
  return {.window = congestion_.window(),
          .in_flight = board_.in_flight(),
          .delivered = board_.delivered(),
          .lost = board_.loss_marks(),
          .recovering = state_ == State::recovery,
          .after_timeout = state_ == State::loss,
          .srtt = rtt_.smoothed(),
          .ahead = pace_at_ - loop_.now()};
}

void Sender::steer_by_rate(const Delivery& news, std::uint32_t losses) {
  RateSample sample = sampler_.sample(board_.delivered(), rtt_.minimum(), loop_.now());
  sample.acked = news.delivered;
  sample.losses = losses;
  sample.prior_in_flight = prior_in_flight_;
  sample.rtt = news.sack_rtt != Nanos::max() ? news.sack_rtt : news.newest_rtt;
  sample.ack_delayed = news.acked == 1 && news.newly_sacked == 0 && sample.delivered == 1;
  const std::uint32_t window = bbr_->observe(sample, bbr_facts(), loop_.now());
  congestion_.set_window(window);
  if (bbr_->holds_back()) sampler_.limited_by_application(board_.delivered() + board_.in_flight());
}

void Sender::note_application_limit() {
  if (board_.in_flight() < congestion_.window() && board_.lost() <= board_.resent())
    sampler_.limited_by_application(board_.delivered() + board_.in_flight());
}

bool Sender::is_paced() const noexcept {
  // Linux does not pace the first ten segments of a connection (tcp_update_skb_after_send).
  return bbr_ || (config_.paced && figures_.sent_segments >= Congestion::kInitialWindow);
}

/// Bytes per second: BBR's own, or twice the window per round trip in slow start and 1.2 times
/// after (tcp_update_pacing_rate).
double Sender::pacing_rate() const noexcept {
  if (bbr_) return bbr_->bytes_per_second();
  const double gain = congestion_.window() < congestion_.threshold() / 2 ? 2.0 : 1.2;
  const Nanos rtt = max(rtt_.smoothed(), Nanos::micros(100));
  return gain * std::max(congestion_.window(), board_.packets()) * payload_max_ / rtt.to_seconds();
}

std::uint32_t Sender::burst_segments() const noexcept {
  return bbr_ ? bbr_->burst_segments() : tso_segments(pacing_rate(), payload_max_);
}

bool Sender::pacing_holds() {
  if (!is_paced() || burst_left_ > 0) return false;
  if (pace_at_ > loop_.now()) {
    pace_timer_.arm(pace_at_);
    return true;
  }
  burst_left_ = burst_segments();
  return false;
}

void Sender::note_paced(std::uint32_t bytes) {
  if (!is_paced()) return;
  burst_bytes_ += bytes;
  if (burst_left_ > 0 && --burst_left_ == 0) close_burst();
}

void Sender::close_burst() {
  burst_left_ = 0;
  if (!is_paced() || burst_bytes_ == 0) return;
  const Instant now = max(pace_at_, loop_.now());
  const Nanos credit = now - pace_at_;
  Nanos span =
      Nanos{static_cast<std::int64_t>(1e9 * static_cast<double>(burst_bytes_) / pacing_rate())};
  // Time not used is caught up, by half a burst at most (tcp_update_skb_after_send).
  span -= min(span / 2, credit);
  pace_at_ = now + span;
  burst_bytes_ = 0;
}

}  // namespace gimbal::sim
