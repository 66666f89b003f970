#include "shaper/repair.h"

#include <algorithm>

namespace gimbal {

namespace {
constexpr std::uint32_t kRoundsPerLesson = 16;
}  // namespace

void Repair::begin(Nanos far_rtt, Seq32 una, Seq32 right_edge, ActuatorSet actuators, Instant now,
                   const PathPrior& prior) noexcept {
  may_ = actuators;
  path_.seed(far_rtt);
  sender_.begin(far_rtt);
  una_ = shown_ack_ = una;
  shown_edge_ = right_edge;
  last_used_ = now;
  if (!prior.known() || !may_.has(Actuator::prior)) return;
  reorder_.seed(prior.reorder_window);
  pattern_.seed(prior.loss_ratio);
  judge_.believe(prior.verdict);
}

PathPrior Repair::learned() const noexcept {
  PathPrior out;
  if (!path_.has_round()) return out;
  out.base = path_.base();
  out.jitter = path_.ceiling() - path_.floor();
  out.reorder_window = reorder_.learned() ? reorder_window() : Nanos{};
  out.loss_ratio = judge_.loss_ratio();
  out.rate = rate_;
  out.verdict = judge_.verdict();
  out.weight = 1;
  return out;
}

bool Repair::take_lesson() noexcept {
  const auto rounds = static_cast<std::uint16_t>(path_.rounds());
  if (static_cast<std::uint16_t>(rounds - told_rounds_) < kRoundsPerLesson) return false;
  told_rounds_ = rounds;
  return true;
}

Nanos Repair::reorder_window() const noexcept {
  return reorder_.value(path_.has_samples() ? path_.least() : Nanos{}, path_.smoothed(),
                        mss_ == 0 ? 0 : flight_.sacked_bytes() / mss_);
}

DataPlan Repair::on_data(const Segment& segment, const Packet& packet, bool keep,
                         Instant now) noexcept {
  keep_ = keep;
  last_used_ = now;
  const Seq32 end = segment.end();
  if (!seen_data_) {
    seen_data_ = true;
    nxt_ = recovery_point_ = needless_until_ = segment.seq;
  }
  if (segment.seq < nxt_) {
    if (in_custody()) custodian_.answer();
    if (in_custody() && end <= shown_ack_) return DataPlan::drop_claimed;
    Record* record = flight_.find(segment.seq);
    if (record == nullptr || end < record->end()) return DataPlan::forward;
    copy_needless_ = mends_itself(*record, now);
    if (record->delivery == Delivery::waiting) return DataPlan::drop_copy;
    counters_->add(Counter::sender_retransmissions);
    ++deeds_.sender_retransmissions;
    if (record->delivery == Delivery::in_flight && flight_.has_hole()) ++resent_into_hole_;
    record->resent_by_sender = true;
    flight_.mark_sent(*record, now);
    return DataPlan::forward;
  }
  if (keep && !active_ && custodian_.terms().policy == Custody::always && wants_custody())
    activate(custodian_.terms().mss, now);
  const auto length = static_cast<std::uint32_t>(end - segment.seq);
  const bool next = segment.seq == nxt_;
  thinner_.on_data(length, shown_edge_ - end, mss_, max(sender_.smoothed(), path_.smoothed()), now);
  watch_style(length, now);
  mss_ = std::max(mss_, segment.payload_length);
  frame_overhead_ =
      static_cast<std::uint16_t>(packet.length - std::min(packet.length, segment.payload_length));
  nxt_ = end;
  most_outstanding_ = std::max(most_outstanding_, static_cast<std::uint32_t>(nxt_ - una_));
  if (!flight_.append(segment.seq, length, keep ? packet : Packet{}, now)) {
    counters_->add(Counter::cache_refused);
    custodian_.on_data(segment, false, next);
    return DataPlan::forward;
  }
  custodian_.on_data(segment, keep, next);
  Record* record = flight_.next_waiting();
  // What an earlier repair still has waiting goes first.
  const bool behind = record != nullptr && record->seq < segment.seq;
  if (keep && (active_ || behind)) return DataPlan::queue;
  while (record != nullptr && record->seq < segment.seq) {
    // Left over from a repair that was stopped: they were sent when it was.
    flight_.mark_sent(*record, now);
    record = flight_.next_waiting();
  }
  flight_.mark_sent(*record, now);
  flight_peak_ = std::max(flight_peak_, flight_.pipe());
  arm_probe(now);
  return keep ? DataPlan::forward_and_keep : DataPlan::forward;
}

/// What its sender sends again while its original waits here, or while nothing at all was delivered
/// for a round trip (an outage or a stall: a full queue delivers on), and all that was out then.
bool Repair::mends_itself(const Record& record, Instant now) noexcept {
  if (!active_ || in_custody() || !mends() || !may_resend(record)) return false;
  if (path_.smoothed() < limits_->least_far_rtt) return false;
  if (record.delivery == Delivery::waiting) return true;
  if (in_silence(now)) needless_until_ = nxt_;
  return record.end() <= needless_until_;
}

void Repair::activate(std::uint32_t mss, Instant now) noexcept {
  active_ = true;
  counters_->add(Counter::repairs_started);
  mss_ = std::max(mss_, mss == 0 ? 536U : mss);
  const std::uint32_t in_use = flight_.pipe() + flight_.sacked_bytes();
  // Nothing waits for the sender's window here, and each doubling takes a long round trip.
  const bool boosted = wants_custody() && custodian_.terms().policy == Custody::always &&
                       path_.smoothed() >= limits_->long_rtt;
  const std::uint32_t first = boosted ? limits_->boosted_segments : 10U;
  cubic_.start(std::max({flight_peak_, in_use, first * mss_}), mss_);
  start_up_.begin();
  elasticity_.begin(now);
  if (may_.has(Actuator::ack_thinning) && !wants_custody() && !hands_off_) thinner_.begin(now);
  set_pace();
}

void Repair::watch_style(std::uint32_t bytes, Instant now) noexcept {
  if (exposed_) style_.give_up();
  style_.on_data(bytes, std::max(mss_, bytes), sender_.smoothed(), now);
  if (!style_.paced() || !active_ || hands_off_ || wants_custody()) return;
  // Disorder hurts it as well, and what it would measure meanwhile.
  if (left_alone_.regretted() || reorder_.learned()) return;
  counters_->add(Counter::paced_senders);
  hands_off_ = true;
  left_alone_.begin(flight_.delivered(), now);
  let_go();
}

void Repair::let_go() noexcept {
  active_ = false;
  thinner_.stop();
  pending_.release_at = Instant{};
}

void Repair::watch_left_alone(Instant now) noexcept {
  if (!active_) {
    left_alone_.close_round(flight_.delivered(), path_.raised(), pattern_.stray(), now);
  } else if (left_alone_.close_helped_round(flight_.delivered(), now)) {
    counters_->add(Counter::paced_senders);
    let_go();
  }
}

void Repair::consider_activation(const AckFacts& facts, Instant now) noexcept {
  if (facts.near_hole) return;  // What its receiver reports may be the near leg's doing.
  // Its holes show as duplicates only: one is mended a round trip, and its sender does as well.
  if (!facts.selective) return;
  if (!keep_ || !facts.may_edit || !path_.has_samples() || judge_.echoed(now, path_)) return;
  const bool hole = flight_.has_hole() && can_mend_front() && !path_.raised();
  // A bulk flow is looked after from its start, where ours is the longer leg: HyStart's verdict,
  // the first queue and the first loss all fall in the first round trips (docs/adr/0014).
  const bool ours = path_.smoothed() >= max(limits_->least_far_rtt, facts.near_rtt);
  if (hands_off_ && left_alone_.regretted()) {
    hands_off_ = false;
    counters_->add(Counter::paced_senders_resumed);
  }
  if (hands_off_ && !(hole && hurts_paced() && left_alone_.known())) return;
  const bool bulk = ours && flight_.pipe() >= limits_->bulk_segments * facts.mss;
  if (!hole && !(bulk && !flight_.has_hole())) return;
  activate(facts.mss, now);
  if (hands_off_) left_alone_.begin_help(flight_.delivered(), now);
}

/// What hurts a sender that paces itself: disorder; and, where the round trip is long, holes that
/// fill its own buffer (BBR, 1 % at 150 ms: 57 of 92 Mb/s, and 10,000 drops by its copies).
bool Repair::hurts_paced() const noexcept {
  return disorder_ == kDisorderHabit || (path_.base() >= limits_->long_rtt && pattern_.stray());
}

bool Repair::can_mend_front() const noexcept {
  if (flight_.empty()) return false;
  const Record& front = flight_.front();
  return front.seq <= una_ && front.delivery != Delivery::abandoned && may_resend(front);
}

void Repair::stop() noexcept {
  if (active_) counters_->add(Counter::repairs_stopped);
  let_go();
  keep_ = false;
  exposed_ = sender_mends_ = false;
}

void Repair::expose() noexcept {
  exposed_ = true;
  expose_until_ = flight_.empty() ? una_ : flight_.sent_end();
  if (pending_.held()) {
    pending_.release_at = Instant{};
    pending_.advances = false;
  }
}

}  // namespace gimbal
