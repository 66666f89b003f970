#include "shaper/repair.h"

#include <algorithm>

#include "shaper/window_plan.h"

namespace gimbal {

void Repair::begin(Nanos far_rtt, Seq32 right_edge, Instant now) noexcept {
  path_.seed(far_rtt);
  sender_.begin(far_rtt);
  shown_edge_ = right_edge;
  last_used_ = now;
}

Nanos Repair::reorder_window() const noexcept {
  return reorder_.value(path_.has_samples() ? path_.least() : Nanos{}, path_.smoothed(),
                        mss_ == 0 ? 0 : flight_.sacked_bytes() / mss_);
}

// --- data --------------------------------------------------------------------------------------

DataPlan Repair::on_data(const Segment& segment, const Packet& packet, bool keep,
                         Instant now) noexcept {
  keep_ = keep;
  last_used_ = now;
  const Seq32 end = segment.end();
  if (!seen_data_) {
    seen_data_ = true;
    nxt_ = segment.seq;
    if (!seen_ack_) una_ = shown_ack_ = segment.seq;
  }
  if (segment.seq < nxt_) {
    Record* record = flight_.find(segment.seq);
    if (record == nullptr || end < record->end()) return DataPlan::forward;
    if (record->delivery == Delivery::waiting) return DataPlan::drop_copy;
    counters_->add(Counter::sender_retransmissions);
    ++deeds_.sender_retransmissions;
    record->resent_by_sender = true;
    flight_.mark_sent(*record, now);
    return DataPlan::forward;
  }
  const auto length = static_cast<std::uint32_t>(end - segment.seq);
  thinner_.on_data(length, shown_edge_ - end, mss_, max(sender_.smoothed(), path_.smoothed()), now);
  mss_ = std::max(mss_, segment.payload_length);
  frame_overhead_ = packet.length - std::min(packet.length, segment.payload_length);
  nxt_ = end;
  if (!flight_.append(segment.seq, length, keep ? packet : Packet{}, now)) {
    counters_->add(Counter::cache_refused);
    return DataPlan::forward;
  }
  if (active_ && keep) return DataPlan::queue;
  Record* record = flight_.next_waiting();
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

// --- acknowledgments ---------------------------------------------------------------------------

bool Repair::fold_dsack(const Segment& segment) noexcept {
  const auto& options = segment.options;
  if (options.sack_count == 0) return false;
  const SackBlock first = options.sack[0];
  // RFC 2883 section 4: below the cumulative ACK, or inside the second block.
  const bool inside_second = options.sack_count > 1 && options.sack[1].start <= first.start &&
                             first.end <= options.sack[1].end;
  if (!(first.start < segment.ack) && !inside_second) return false;
  for (Resent& resent : resent_) {
    if (resent.seq == resent.end || first.end <= resent.seq || resent.end <= first.start) continue;
    resent.end = resent.seq;
    counters_->add(Counter::local_retransmissions_spurious);
    credit_undo(1, resent.batch);
    return true;
  }
  return false;
}

/// `losses` turned out to be none. When all those of the last reduction did, it is taken back.
void Repair::credit_undo(std::uint32_t losses, std::uint8_t batch) noexcept {
  spurious_recently_ += losses;
  pattern_.forgive(losses);
  if (undo_credits_ == 0 || losses == 0 || batch != undo_batch_) return;
  undo_credits_ -= std::min(undo_credits_, losses);
  // Others may have been lost since, for good.
  if (undo_credits_ > 0 || pattern_.burst()) return;
  counters_->add(Counter::congestion_undone);
  cubic_.undo(!path_.raised());
}

void Repair::learn(const AckNews& news, const Segment& segment, Instant now) noexcept {
  Evidence evidence;
  for (const Nanos rtt : news.rtt) {
    evidence.round_closed |= path_.add(rtt, now);
    counters_->add(Counter::rtt_samples);
  }
  for (const Nanos late : news.lateness) reorder_.add(late);
  counters_->add(Counter::holes_filled_late, news.late_originals);
  credit_undo(news.lost_in_error, news.error_batch);
  if (news.rate_span > Nanos{})
    rate_ = BitRate::of(static_cast<std::int64_t>(news.rate_bytes), news.rate_span);
  if (news.delivered_segments > 0) probes_ = 0;
  evidence.delivered_segments = news.delivered_segments;
  evidence.late_originals = news.late_originals;
  evidence.congestion_echo = segment.flags.ece;
  find_losses(evidence, now);
  if (judge_.weigh(evidence, path_, now)) counters_->add(Counter::verdict_changes);
  if (evidence.round_closed) flight_peak_ = flight_.pipe();
  if (!active_) return;
  grow(news.delivered_bytes, evidence.round_closed, now);
  react_to_congestion(evidence, now);
  if (evidence.round_closed) {
    pattern_.close_round();
    start_up_.close_round(flight_.delivered(), now);
    if (cubic_.in_slow_start() && start_up_.plateau() && path_.raised()) cubic_.leave_slow_start();
  }
  set_pace();
}

/// The far-leg window follows CUBIC, but where CUBIC waits for seconds to climb over a pipe it once
/// filled, an empty queue is proof that there is room: then it grows by an eighth per round trip
/// until the floor rises.
void Repair::grow(std::uint32_t delivered, bool round_closed, Instant now) noexcept {
  const bool used = flight_.pipe() + delivered + 3 * mss_ >= cubic_.window();
  if (path_.raised()) {
    quiet_rounds_ = 0;
  } else if (round_closed && quiet_rounds_ < 255) {
    ++quiet_rounds_;
  }
  if (!cubic_.in_slow_start()) {
    if (round_closed && courtesy_.step_back(path_.raised(), now)) cubic_.step_back();
    if (!courtesy_.may_grow(path_.raised(), now)) return;
  }
  if (cubic_.in_slow_start() && cubic_.window() >= start_up_.most_in_flight(path_)) return;
  cubic_.on_delivered(delivered, path_.smoothed(), used, now);
  // Below the window that last met congestion, or long after: nearer, CUBIC's caution is due.
  const bool room = cubic_.below_last_maximum() || now - reduced_at_ > limits_.caution;
  if (used && room && quiet_rounds_ >= limits_.quiet_rounds) cubic_.climb(delivered / 8);
}

void Repair::find_losses(Evidence& evidence, Instant now) noexcept {
  const LossScan scan = flight_.detect_losses(reorder_window(), now);
  loss_deadline_ = scan.next_deadline;
  evidence.lost_segments += scan.lost_segments;
  if (scan.lost_segments > 0) latest_batch_ = scan.batch;
  pattern_.add(evidence.delivered_segments, scan.lost_segments);
  counters_->add(Counter::local_retransmissions_lost, scan.lost_again);
}

void Repair::react_to_congestion(const Evidence& evidence, Instant now) noexcept {
  if (now < next_reduction_) return;
  const std::int64_t doubt = spurious_recently_ * 2 > resent_recently_ ? 2 : 1;
  // While the delivery rate still doubles, a floor raised by our own bursts and one stray loss are
  // no congestion.
  const bool believable = !cubic_.in_slow_start() || start_up_.plateau();
  const bool queue_loss = evidence.lost_segments > 0 && believable && path_.raised(doubt);
  const bool policed = evidence.lost_segments > 0 && pattern_.burst();
  if (!queue_loss && !policed && !evidence.congestion_echo) return;
  cubic_.on_congestion(flight_.pipe() + flight_.lost_bytes() + flight_.sacked_bytes(), now);
  counters_->add(Counter::congestion_events);
  // The flight shrinks over one round trip; the floor tells of it one later.
  next_reduction_ = now + path_.smoothed() * 2;
  undo_credits_ = evidence.congestion_echo ? 0 : std::max(1U, evidence.lost_segments);
  undo_batch_ = latest_batch_;
  reduced_at_ = now;
  resent_recently_ /= 2;
  spurious_recently_ /= 2;
}

bool Repair::can_mend_front() const noexcept {
  if (flight_.empty()) return false;
  const Record& front = flight_.front();
  return front.seq <= una_ && front.has_copy() && front.delivery != Delivery::abandoned &&
         front.transmissions <= limits_.tries;
}

void Repair::consider_activation(const AckFacts& facts, Instant now) noexcept {
  if (!keep_ || !facts.may_edit || !flight_.has_hole() || !can_mend_front()) return;
  if (path_.raised() || !path_.has_samples() || judge_.echoed(now, path_)) return;
  activate(facts.mss, now);
}

void Repair::activate(std::uint32_t mss, Instant now) noexcept {
  active_ = true;
  counters_->add(Counter::repairs_started);
  mss_ = std::max(mss_, mss == 0 ? 536U : mss);
  const std::uint32_t in_use = flight_.pipe() + flight_.sacked_bytes();
  cubic_.start(std::max({flight_peak_, in_use, 10 * mss_}), mss_);
  start_up_.begin();
  thinner_.begin(now);
  set_pace();
}

void Repair::stop() noexcept {
  if (active_) counters_->add(Counter::repairs_stopped);
  active_ = false;
  thinner_.stop();
  pending_.release_at = Instant{};
  keep_ = false;
  exposed_ = false;
}

void Repair::expose() noexcept {
  exposed_ = true;
  expose_until_ = flight_.empty() ? una_ : flight_.sent_end();
  if (pending_.held()) {
    pending_.release_at = Instant{};
    pending_.advances = false;
  }
}

AckPlan Repair::on_ack(const Segment& segment, const AckFacts& facts, Instant now) noexcept {
  last_used_ = now;
  if (!seen_ack_) {
    seen_ack_ = true;
    shown_ack_ = segment.ack;
    if (!seen_data_) una_ = segment.ack;
  }
  const bool had_hole = flight_.has_hole();
  const bool own_dsack = fold_dsack(segment);
  const std::span<const SackBlock> blocks{segment.options.sack.data(), segment.options.sack_count};
  const AckNews news =
      flight_.acknowledge(segment.ack, blocks, path_.has_samples() ? path_.least() : Nanos{}, now);
  una_ = max(una_, segment.ack);
  learn(news, segment, now);
  if (!had_hole && flight_.has_hole()) counters_->add(Counter::holes_seen);
  if (news.acked_bytes > 0 || news.delivered_segments > 0) arm_probe(now);
  if (news.acked_bytes > 0 && oldest_unshown_ == Instant::never())
    oldest_unshown_ = news.oldest_acked_arrival;
  if (exposed_ && una_ >= expose_until_) exposed_ = false;
  if (!active_) consider_activation(facts, now);
  AckPlan plan;
  if (active_) {
    plan = plan_active(segment, facts, own_dsack, now);
  } else {
    plan.hide_sack = own_dsack && facts.may_edit;
    plan.drop_pending = true;
  }
  if (plan.what == AckPlan::Do::forward) show(plan, segment, facts, now);
  return plan;
}

AckPlan Repair::plan_active(const Segment& segment, const AckFacts& facts, bool own_dsack,
                            Instant now) noexcept {
  AckPlan plan;
  const bool hole_is_ours = !exposed_ && (!flight_.has_hole() || can_mend_front());
  if (flight_.has_hole() && !exposed_ && !hole_is_ours) expose();
  plan.hide_sack = hole_is_ours || own_dsack;
  shape_window(plan, segment, facts);
  const bool must_pass = !segment.is_pure_ack() || segment.window == 0 || segment.flags.ece ||
                         segment.flags.urg || flight_.empty();
  const bool overtaken =
      segment.ack < shown_ack_ || (pending_.held() && segment.ack < pending_.segment.ack);
  if (overtaken && segment.is_pure_ack()) {
    plan.what = AckPlan::Do::supersede;
    return plan;
  }
  if (must_pass || exposed_) {
    plan.drop_pending = true;
    return plan;
  }
  if (segment.ack > shown_ack_) {
    if (thinner_.active() && now < next_thinned_ && facts.may_edit) {
      plan.what = AckPlan::Do::keep;
      pending_.release_at = next_thinned_;
      pending_.advances = true;
      counters_->add(Counter::acks_thinned);
      return plan;
    }
    if (thinner_.active()) next_thinned_ = now + thin_gap();
    plan.drop_pending = true;
    return plan;
  }
  // Nothing new cumulatively. If it lets the sender go on, it goes as a window update.
  const Seq32 edge =
      segment.ack + (static_cast<std::uint32_t>(plan.edit_window ? plan.window : segment.window)
                     << facts.window_scale);
  const bool opens = facts.scale_known && edge - shown_edge_ >= static_cast<std::int32_t>(mss_);
  const bool reports_hole = segment.options.sack_count > 0 || flight_.has_hole();
  if (opens || !reports_hole) {
    plan.drop_pending = !pending_.advances;
    return plan;
  }
  plan.what = AckPlan::Do::keep;
  if (!(pending_.held() && pending_.advances)) pending_.release_at = hide_deadline();
  counters_->add(Counter::acks_withheld);
  ++deeds_.acks_withheld;
  return plan;
}

AckPlan Repair::plan_release(const AckFacts& facts, Instant now) noexcept {
  AckPlan plan;
  plan.hide_sack =
      active_ && pending_.advances && !exposed_ && (!flight_.has_hole() || can_mend_front());
  shape_window(plan, pending_.segment, facts);
  if (thinner_.active()) next_thinned_ = now + thin_gap();
  show(plan, pending_.segment, facts, now);
  return plan;
}

void Repair::shape_window(AckPlan& plan, const Segment& segment, const AckFacts& facts) noexcept {
  if (!active_ || !facts.may_edit || !facts.scale_known || segment.window == 0) return;
  // What may go out at once, and what may wait here.
  const std::uint32_t room =
      cubic_.window() > flight_.pipe() ? cubic_.window() - flight_.pipe() : 0;
  const Seq32 reach = max(una_, flight_.sent_end()) + room + queue_allowance();
  plan.window = plan_window({segment.ack, segment.window, facts.window_scale, shown_edge_}, reach);
  plan.edit_window = plan.window != segment.window;
  if (plan.edit_window) {
    counters_->add(Counter::window_edits);
    ++deeds_.window_edits;
  }
}

void Repair::show(const AckPlan& plan, const Segment& segment, const AckFacts& facts,
                  Instant now) noexcept {
  if (segment.ack > shown_ack_ && oldest_unshown_ != Instant::never()) {
    sender_.on_shown(now - oldest_unshown_ + facts.near_rtt, limits_.sender_rto_min, now);
    oldest_unshown_ = Instant::never();
  }
  const std::uint32_t window =
      static_cast<std::uint32_t>(plan.edit_window ? plan.window : segment.window)
      << (facts.scale_known ? facts.window_scale : 0);
  const Seq32 edge = segment.ack + window;
  shown_edge_ = max(shown_edge_, edge);
  shown_ack_ = max(shown_ack_, segment.ack);
}

/// Room for data to wait here: a quarter of the window keeps the far leg fed over the near leg's
/// round trip; while the sender's own window still opens, as much as leaves well before the hold
/// cap, because Linux lets its window grow to twice what the receive window let it use.
std::uint32_t Repair::queue_allowance() const noexcept {
  if (!thinner_.active()) return std::max(16 * mss_, cubic_.window() / 4);
  const double spans = path_.has_samples() ? limits_.queue_span / path_.smoothed() : 1.0;
  return std::max(16 * mss_, static_cast<std::uint32_t>(static_cast<double>(cubic_.window()) *
                                                        std::min(spans, 1.0)));
}

Nanos Repair::thin_gap() const noexcept {
  const Nanos rtt = max(sender_.smoothed(), path_.smoothed());
  return min(max(limits_.thin_gap, rtt / limits_.thin_per_rtt), limits_.hold_cap);
}

/// The last moment at which showing a hole still lets the sender mend it before its timer does.
Instant Repair::hide_deadline() const noexcept {
  if (flight_.empty()) return Instant::never();
  const Nanos timeout = sender_.timeout(limits_.sender_rto_min);
  return flight_.front().arrived_at + (timeout - limits_.expose_ahead);
}

// --- time --------------------------------------------------------------------------------------

void Repair::arm_probe(Instant now) noexcept {
  probe_due_ = false;
  if (flight_.pipe() == 0 || !path_.has_samples() || probes_ >= limits_.tries) {
    probe_at_ = Instant::never();
    return;
  }
  const Nanos patience =
      max(path_.smoothed() * 2, path_.smoothed() + path_.variation() * 4) + Nanos::millis(2);
  probe_at_ = now + patience * (std::int64_t{1} << probes_);
}

void Repair::on_timer(Instant now) noexcept {
  if (loss_deadline_ <= now) {
    Evidence evidence;
    find_losses(evidence, now);
    if (judge_.weigh(evidence, path_, now)) counters_->add(Counter::verdict_changes);
    if (active_) react_to_congestion(evidence, now);
  }
  if (probe_at_ <= now) {
    probe_at_ = Instant::never();
    if (judge_.weigh_silence(now - max(flight_.last_delivery(), flight_.last_sent()), path_))
      counters_->add(Counter::verdict_changes);
    probe_due_ = keep_ && !judge_.congested();
  }
  if (active_ && pending_.held() && !pending_.advances && pending_.release_at <= now && !exposed_) {
    counters_->add(Counter::hold_budget_expired);
    expose();
  }
}

Record* Repair::next_retransmission(Instant now) noexcept {
  while (Record* record = flight_.next_lost()) {
    if (!record->has_copy() || record->transmissions > limits_.tries) {
      flight_.abandon(*record);
      continue;
    }
    const bool room = flight_.pipe() == 0 || flight_.pipe() + record->length <= cubic_.window();
    return room && pacer_.may_send(now) ? record : nullptr;
  }
  return nullptr;
}

Record* Repair::next_transmission(Instant now) noexcept {
  if (probe_due_) {
    probe_due_ = false;
    Record* record = flight_.last_outstanding();
    if (record != nullptr && record->has_copy() && record->transmissions <= limits_.tries) {
      ++probes_;
      counters_->add(Counter::tail_probes);
      ++deeds_.tail_probes;
      return record;
    }
  }
  if (!active_) {
    // A repair that was stopped leaves nothing behind.
    return flight_.next_waiting();
  }
  if (Record* record = next_retransmission(now)) return record;
  Record* record = flight_.next_waiting();
  if (record == nullptr) return nullptr;
  if (now - record->arrived_at >= limits_.hold_cap) {
    counters_->add(Counter::pace_cap_expired);
    return record;
  }
  const bool room = flight_.pipe() == 0 || flight_.pipe() + record->length <= cubic_.window();
  return room && pacer_.may_send(now) ? record : nullptr;
}

void Repair::sent(Record& record, std::uint32_t frame_bytes, Instant now) noexcept {
  if (record.transmissions > 0) {
    counters_->add(Counter::local_retransmissions);
    ++deeds_.local_retransmissions;
    ++resent_recently_;
    resent_[resent_next_] = {record.seq, record.end(), record.loss_batch};
    resent_next_ = static_cast<std::uint8_t>((resent_next_ + 1) % resent_.size());
  }
  flight_.mark_sent(record, now);
  flight_peak_ = std::max(flight_peak_, flight_.pipe());
  if (active_) pacer_.on_sent(frame_bytes, now);
  arm_probe(now);
}

void Repair::set_pace() noexcept {
  if (!path_.has_samples()) return;
  // Linux's own gains: twice the window per round trip in slow start, 1.2 times after.
  const double gain = cubic_.in_slow_start() ? 2.0 : 1.2;
  const double frames = 1.0 + static_cast<double>(frame_overhead_) / static_cast<double>(mss_);
  pacer_.set_rate(
      BitRate::of(static_cast<std::int64_t>(gain * frames * static_cast<double>(cubic_.window())),
                  path_.smoothed()));
}

Instant Repair::next_deadline() const noexcept {
  Instant next = min(loss_deadline_, probe_at_);
  if (pending_.held()) next = min(next, pending_.release_at);
  if (!active_ || (flight_.waiting_bytes() == 0 && flight_.lost_bytes() == 0)) return next;
  if (const Record* waiting = flight_.next_waiting())
    next = min(next, waiting->arrived_at + limits_.hold_cap);
  return flight_.pipe() < cubic_.window() ? min(next, pacer_.next()) : next;
}

}  // namespace gimbal
