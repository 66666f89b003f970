// What time demands: what leaves now, what is probed for, when to ask again.

#include "shaper/repair.h"

#include <algorithm>

namespace gimbal {

/// A leg too short to steer loses little, and its silence is a delayed ACK: the answer to a copy
/// would tell a sender that has just timed out to wait.
Nanos Repair::probe_delay() const noexcept {
  return path_.least() < limits_->least_far_rtt ? limits_->ack_delay : probe_delay_;
}

void Repair::arm_probe(Instant now) noexcept {
  probe_due_ = false;
  const bool tried = probes_ >= limits_->probes && !in_custody();
  if (flight_.pipe() == 0 || !path_.has_samples() || tried) {
    probe_at_ = Instant::never();
    return;
  }
  const Nanos patience = max(path_.smoothed() * 3 / 2, path_.smoothed() + path_.variation() * 2) +
                         limits_->probe_slack + probe_delay();
  probe_at_ = now + probe_pause(patience);
}

/// When hearing nothing becomes an outage.
Instant Repair::silence_deadline() const noexcept {
  if (flight_.pipe() == 0 || !path_.has_samples() || judge_.verdict() == Verdict::outage)
    return Instant::never();
  return flight_.last_delivery() + Judge::patience(path_);
}

void Repair::on_timer(Instant now) noexcept {
  if (loss_deadline_ <= now) {
    Evidence evidence;
    find_losses(evidence, now);
    if (judge_.weigh(evidence, path_, now)) counters_->add(Counter::verdict_changes);
    if (active_) react_to_congestion(evidence, false, now);
  }
  if (silence_deadline() <= now && judge_.weigh_silence(now - flight_.last_delivery(), path_))
    counters_->add(Counter::verdict_changes);
  if (probe_at_ <= now) {
    probe_at_ = Instant::never();
    // Under congestion one probe, as any sender with RFC 8985 would send; elsewhere all tries.
    probe_due_ = in_custody() || (keep_ && may_.has(Actuator::tail_probe) &&
                                  (probes_ == 0 || !judge_.congested()) && probe_is_harmless());
  }
  if (active_ && pending_.held() && !pending_.advances && pending_.release_at <= now && !exposed_) {
    if (mends() && in_silence(now)) {
      pending_.release_at = now + path_.smoothed();
    } else {
      counters_->add(Counter::hold_budget_expired);
      expose();
    }
  }
}

/// Nothing was delivered for a round trip: an outage or a stall. A full queue delivers on.
bool Repair::in_silence(Instant now) const noexcept {
  const Nanos silence = now - flight_.last_delivery();
  return path_.has_samples() && silence >= path_.smoothed() && silence < limits_->longest_outage;
}

/// Without SACK the answer to a needless copy looks like a loss; three of them make one. Two
/// probes, and only where no more than a tail is out.
bool Repair::probe_is_harmless() const noexcept {
  return selective_ || (probes_ < 2 && flight_.records() <= 3);
}

bool Repair::follows_sender() const noexcept {
  return cubic_.in_slow_start() && !shaken_ && !in_custody();
}

bool Repair::paces() const noexcept {
  return may_.has(Actuator::pacing) && !follows_sender() &&
         flight_.pipe() >= limits_->unpaced_segments * mss_;
}

Record* Repair::next_retransmission(Instant now) noexcept {
  if (!mends()) return nullptr;
  while (Record* record = flight_.next_lost()) {
    if (!may_resend(*record)) {
      custodian_.disown(record->end());
      flight_.abandon(*record);
      continue;
    }
    const bool room = follows_sender() || flight_.pipe() == 0 ||
                      flight_.pipe() + record->length <= cubic_.window();
    return room && (pacer_.may_send(now) || !paces()) ? record : nullptr;
  }
  return nullptr;
}

Record* Repair::next_transmission(Instant now) noexcept {
  if (probe_due_) {
    probe_due_ = false;
    Record* record = probe_record();
    if (record != nullptr && may_resend(*record)) {
      if (probes_ < 255) ++probes_;
      sending_probe_ = true;
      counters_->add(Counter::tail_probes);
      ++deeds_.tail_probes;
      return record;
    }
  }
  if (!active_ && !in_custody()) {
    // A repair that was stopped leaves nothing behind.
    return flight_.next_waiting();
  }
  if (twin_due_) {
    twin_due_ = false;
    Record* record = flight_.find(resent_[newest_resent()].seq);
    if (record != nullptr && record->delivery == Delivery::in_flight) {
      sending_twin_ = true;
      return record;
    }
  }
  if (Record* record = next_retransmission(now)) return record;
  Record* record = flight_.next_waiting();
  if (record == nullptr) return nullptr;
  if (now - record->arrived_at >= limits_->hold_cap && !in_custody()) {
    counters_->add(Counter::pace_cap_expired);
    return record;
  }
  const bool room =
      follows_sender() || flight_.pipe() == 0 || flight_.pipe() + record->length <= cubic_.window();
  return room && (pacer_.may_send(now) || !paces()) ? record : nullptr;
}

bool Repair::wants_twin(const Record& record, Instant now) const noexcept {
  if (!active_ || record.delivery != Delivery::lost || sending_probe_ || pattern_.suspicious())
    return false;
  // Lost as well, this copy would be missed one round trip from now and mended after another.
  const Instant mended = now + path_.smoothed() * 2 + reorder_window();
  const Nanos timeout = sender_.timeout(limits_->sender_rto_min) - limits_->expose_ahead;
  if (!in_custody() && mended > record.arrived_at + timeout) return true;
  return pattern_.stray() && path_.smoothed() >= limits_->long_rtt;
}

void Repair::sent(Record& record, std::uint32_t frame_bytes, Instant now) noexcept {
  if (sending_twin_) {
    sending_twin_ = false;
    resent_[newest_resent()].twin = true;
    counters_->add(Counter::local_retransmissions_doubled);
    pacer_.on_sent(frame_bytes, now);
    return;
  }
  if (record.transmissions > 0) {
    twin_due_ = wants_twin(record, now);
    counters_->add(Counter::local_retransmissions);
    ++deeds_.local_retransmissions;
    ++resent_recently_;
    // Every copy must prove needless before the reduction does (tcp_sock.undo_retrans in Linux).
    if (record.transmissions > 1 && undo_credits_ > 0 && record.loss_batch == undo_batch_)
      ++undo_credits_;
    resent_[resent_next_] = {record.seq, static_cast<std::uint16_t>(record.length),
                             record.loss_batch, sending_probe_, false};
    resent_next_ = static_cast<std::uint8_t>((resent_next_ + 1) % resent_.size());
  }
  sending_probe_ = false;
  flight_.mark_sent(record, now);
  flight_peak_ = std::max(flight_peak_, flight_.pipe());
  if (active_ && follows_sender()) cubic_.cover(flight_.pipe());
  if (active_) pacer_.on_sent(frame_bytes, now);
  arm_probe(now);
}

Instant Repair::next_deadline() const noexcept {
  Instant next = min(loss_deadline_, min(probe_at_, silence_deadline()));
  if (in_custody()) next = min(next, min(custody_deadline(), custodian_.next_deadline()));
  if (pending_.held()) next = min(next, pending_.release_at);
  if (!active_ || (flight_.waiting_bytes() == 0 && flight_.lost_bytes() == 0)) return next;
  const Record* waiting = flight_.next_waiting();
  if (waiting != nullptr && !in_custody())
    next = min(next, waiting->arrived_at + limits_->hold_cap);
  return flight_.pipe() < cubic_.window() ? min(next, pacer_.next()) : next;
}

}  // namespace gimbal
