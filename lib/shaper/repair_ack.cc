// What an acknowledgment may show the sender, and when.

#include "shaper/repair.h"

#include <algorithm>

#include "shaper/window_plan.h"

namespace gimbal {

bool Repair::fold_dsack(const Segment& segment) noexcept {
  const auto& options = segment.options;
  if (options.sack_count == 0) return false;
  const SackBlock first = options.sack[0];
  // RFC 2883 section 4: below the cumulative ACK, or inside the second block.
  const bool inside_second = options.sack_count > 1 && options.sack[1].start <= first.start &&
                             first.end <= options.sack[1].end;
  if (!(first.start < segment.ack) && !inside_second) return false;
  for (Resent& resent : resent_) {
    if (resent.length == 0 || first.end <= resent.seq || resent.end() <= first.start) continue;
    if (resent.twin) {
      resent.twin = false;
      return true;
    }
    resent.length = 0;
    counters_->add(Counter::local_retransmissions_spurious);
    // A delayed ACK was taken for a lost tail: be slower to ask next time.
    if (resent.probe)
      probe_delay_ = min(max(probe_delay_ * 2, limits_->probe_slack), limits_->ack_delay);
    credit_undo(1, resent.batch);
    return true;
  }
  return false;
}

AckPlan Repair::on_ack(const Segment& segment, const AckFacts& facts, Instant now) noexcept {
  last_used_ = now;
  selective_ = facts.selective;
  if (!seen_ack_) {
    seen_ack_ = true;
    if (!seen_data_) una_ = shown_ack_ = segment.ack;
  }
  const bool had_hole = flight_.has_hole();
  const bool own_dsack = fold_dsack(segment);
  const std::span<const SackBlock> blocks{segment.options.sack.data(), segment.options.sack_count};
  note_outage(now);
  const AckNews news =
      flight_.acknowledge(segment.ack, blocks, path_.has_samples() ? path_.least() : Nanos{}, now);
  const bool was_in_custody = in_custody();
  una_ = max(una_, segment.ack);
  count_custody(was_in_custody);
  custodian_.on_ack(segment, now);
  learn(news, segment, now);
  if (judge_.unsteady()) unsteady_at_ = now;
  if (!had_hole && flight_.has_hole()) counters_->add(Counter::holes_seen);
  if (news.acked_bytes > 0 || news.delivered_segments > 0) arm_probe(now);
  if (news.acked_bytes > 0 && oldest_unshown_ == Instant::never())
    oldest_unshown_ = news.oldest_acked_arrival;
  if (exposed_ && una_ >= expose_until_) exposed_ = sender_mends_ = false;
  if (!active_) consider_activation(facts, now);
  AckPlan plan;
  if (active_ || in_custody()) {
    plan = plan_active(segment, facts, own_dsack, now);
  } else {
    plan.hide_sack = own_dsack && facts.may_edit;
    plan.drop_pending = true;
    shape_window(plan, segment, facts);
  }
  if (plan.what == AckPlan::Do::forward) show(plan, segment, facts, now);
  return plan;
}

AckPlan Repair::plan_active(const Segment& segment, const AckFacts& facts, bool own_dsack,
                            Instant now) noexcept {
  if (in_custody() && segment.ack < shown_ack_) return plan_in_custody(segment, now);
  AckPlan plan;
  const bool hole_is_ours =
      may_.has(Actuator::withholding) && !exposed_ && (!flight_.has_hole() || can_mend_front());
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
    // While nothing shakes HyStart ends slow start for a real queue, or at the pipe: it may.
    if (thinner_.active() && shaken_ && now < next_thinned_ && facts.may_edit) {
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
  if (opens || !reports_hole || !may_.has(Actuator::withholding)) {
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
  // Without SACK a duplicate is one only while its window stays the same (RFC 5681 2).
  if (!may_.has(Actuator::window) || !facts.selective) return;
  if (!facts.may_edit || !facts.scale_known || segment.window == 0) return;
  // Where the sender's own leg is the longer, its window must span that: what is out here says
  // nothing about how much it needs (uploads: 94 to 51 Mb/s).
  if (!active_ && path_.has_samples() && facts.near_rtt > path_.smoothed()) return;
  plan.window =
      plan_window({segment.ack, segment.window, facts.window_scale, shown_edge_}, reach());
  plan.edit_window = plan.window != segment.window;
  if (plan.edit_window) {
    counters_->add(Counter::window_edits);
    ++deeds_.window_edits;
  }
}

void Repair::show(const AckPlan& plan, const Segment& segment, const AckFacts& facts,
                  Instant now) noexcept {
  if (segment.ack > shown_ack_ && oldest_unshown_ != Instant::never()) {
    sender_.on_shown(now - oldest_unshown_ + facts.near_rtt, limits_->sender_rto_min, now);
    oldest_unshown_ = Instant::never();
  }
  if (segment.options.sack_count > 0 && !plan.hide_sack) style_.give_up();
  const std::uint32_t acked =
      segment.ack > shown_ack_ ? static_cast<std::uint32_t>(segment.ack - shown_ack_) : 0;
  style_.on_shown(acked, static_cast<std::uint32_t>(nxt_ - shown_ack_), facts.near_rtt, now);
  const std::uint32_t window =
      static_cast<std::uint32_t>(plan.edit_window ? plan.window : segment.window)
      << (facts.scale_known ? facts.window_scale : 0);
  const Seq32 edge = segment.ack + window;
  shown_edge_ = max(shown_edge_, edge);
  shown_ack_ = max(shown_ack_, segment.ack);
}

/// What may go out at once, and what may wait here. While nothing is steered: so much that no
/// sender is held, and no more, for what was shown once cannot be taken back.
Seq32 Repair::reach() const noexcept {
  if (!active_) return max(una_, nxt_) + std::max(kOpeningWindow, 4 * most_outstanding_);
  const std::uint32_t room =
      cubic_.window() > flight_.pipe() ? cubic_.window() - flight_.pipe() : 0;
  return max(una_, flight_.sent_end()) + room + queue_allowance();
}

std::uint32_t Repair::queue_allowance() const noexcept {
  if (!thinner_.active()) return std::max(16 * mss_, cubic_.window() / 4);
  // What was let in must drain within the hold cap even at a window that was just cut.
  const Nanos span = min(limits_->queue_span, thin_gap() * 2);
  const double spans = path_.has_samples() ? span / path_.smoothed() : 1.0;
  return std::max(16 * mss_, static_cast<std::uint32_t>(static_cast<double>(cubic_.window()) *
                                                        std::min(spans, 1.0)));
}

Nanos Repair::thin_gap() const noexcept {
  const Nanos rtt = max(sender_.smoothed(), path_.smoothed());
  // Small windows have few samples a round anyway.
  const bool small = cubic_.window() < limits_->calm_segments * mss_;
  const std::int64_t per_rtt = small ? limits_->thin_per_calm_rtt : limits_->thin_per_rtt;
  return min(max(limits_->thin_gap, rtt / per_rtt), limits_->hold_cap);
}

Instant Repair::hide_deadline() const noexcept {
  if (flight_.empty()) return Instant::never();
  const Nanos timeout = sender_.timeout(limits_->sender_rto_min);
  // What an outage took is mended here, all of it: a sender that is shown so many holes repeats
  // them all. Its timer is the lesser evil, for the first answer takes that back (RFC 3522).
  const Instant arrived = flight_.front().arrived_at;
  return (mends() ? max(arrived, outage_end_) : arrived) + (timeout - limits_->expose_ahead);
}

}  // namespace gimbal
