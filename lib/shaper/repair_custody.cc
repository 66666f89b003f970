// Answering for bytes: when, how they are brought to their receiver, and when that has failed.

#include <algorithm>

#include "shaper/repair.h"

namespace gimbal {

namespace {
/// Probes at an even pace before they back off: an outage ends within a round trip of being noticed
/// (as Linux's tcp_thin_linear_timeouts: six).
constexpr unsigned kEvenProbes = 6;
constexpr Nanos kLongestBackoff = Nanos::seconds(8);
/// An unsteady verdict keeps `when-unsteady` claiming this long.
constexpr Nanos kUnsteadyMemory = Nanos::seconds(5);
}  // namespace

bool Repair::wants_custody() const noexcept {
  return custodian_.worthwhile(path_.has_samples() ? path_.least() : Nanos{});
}

bool Repair::may_claim(Instant now) const noexcept {
  if (!active_ || !keep_ || exposed_ || !wants_custody()) return false;
  const CustodyTerms& terms = custodian_.terms();
  if (flight_.records() >= terms.room_packets || judge_.echoed(now, path_)) return false;
  return terms.policy == Custody::always || now - unsteady_at_ < kUnsteadyMemory;
}

std::optional<EarlyAck> Repair::plan_early_ack(Instant now) noexcept {
  if (flight_.empty() || !(in_custody() || (active_ && wants_custody()))) return std::nullopt;
  CustodyView view{una_, nxt_, shown_ack_, shown_edge_, reach(), mss_, may_claim(now)};
  view.now = now;
  const Record* kept =
      may_.has(Actuator::ack_stock) ? flight_.newest(AckStock::kSegments) : nullptr;
  if (kept != nullptr) {
    view.stocked = true;
    view.kept = kept->seq;
    // Rounded to the scale an acknowledgment may end a few bytes before a segment does.
    view.next = flight_.end_of(shown_ack_ + (1U << custodian_.terms().window_scale));
    view.data_at = flight_.newest(0)->arrived_at;
  }
  const auto early = custodian_.plan(view);
  if (!early) return std::nullopt;
  const bool before = in_custody();
  const auto claimed = static_cast<std::uint32_t>(max(early->ack, shown_ack_) - shown_ack_);
  if (claimed > 0) {
    const Nanos near_rtt = max(custodian_.terms().near_rtt.nanos(), Nanos::micros(1));
    sender_.on_shown(near_rtt, limits_->sender_rto_min, now);
    oldest_unshown_ = Instant::never();
    counters_->add(Counter::custody_bytes_claimed, claimed);
  }
  shown_ack_ = max(shown_ack_, early->ack);
  shown_edge_ = max(shown_edge_, early->ack + (static_cast<std::uint32_t>(early->window)
                                               << custodian_.terms().window_scale));
  counters_->add(Counter::early_acks);
  // Out of the stock: one of the last few, while the window is shut.
  if (claimed > 0 && view.stocked && early->ack > view.kept &&
      view.shown_edge - nxt_ < static_cast<std::int32_t>(2 * mss_))
    counters_->add(Counter::acks_dripped);
  ++deeds_.early_acks;
  count_custody(before);
  return early;
}

AckPlan Repair::plan_in_custody(const Segment& segment, Instant now) noexcept {
  AckPlan plan;
  plan.drop_pending = true;
  plan.hide_sack = true;
  if (segment.is_pure_ack()) {
    plan.what = AckPlan::Do::absorb;
    return plan;
  }
  custodian_.answer();
  plan.early = plan_early_ack(now);
  return plan;
}

void Repair::count_custody(bool before) noexcept {
  if (before == in_custody()) return;
  const std::uint64_t flows = (*counters_)[Counter::custody_flows];
  counters_->set(Counter::custody_flows, before ? flows - 1 : flows + 1);
  if (!before) counters_->add(Counter::custody_started);
}

Instant Repair::custody_deadline() const noexcept {
  const Instant since = flight_.empty() ? last_used_ : flight_.front().arrived_at;
  return max(custodian_.heard_at(), since) + Custodian::kPatience;
}

Nanos Repair::probe_pause(Nanos patience) const noexcept {
  const unsigned even = in_custody() ? kEvenProbes : limits_->even_probes;
  const unsigned doublings = probes_ < even ? 0U : std::min(probes_ - even + 1, 10U);
  return min(patience * (std::int64_t{1} << doublings), max(patience, kLongestBackoff));
}

/// The last segment first: its SACK shows all that is missing. If nothing comes back, the oldest:
/// a receiver without SACK moves on no other. In turn, so that neither is resent too often.
Record* Repair::probe_record() noexcept {
  if (probes_ % 2 == 0) return flight_.last_outstanding();
  Record& front = flight_.front();
  return front.delivery == Delivery::in_flight ? &front : flight_.last_outstanding();
}

bool Repair::may_resend(const Record& record) const noexcept {
  if (!record.has_copy()) return false;
  return record.transmissions <= limits_->tries || (in_custody() && record.seq < shown_ack_);
}

Repair::ResetPoint Repair::reset_point() const noexcept {
  const Seq32 sent = flight_.empty() ? una_ : max(una_, flight_.sent_end());
  return {custodian_.peer_seq(), shown_ack_, una_, sent};
}

void Repair::abort() noexcept {
  flight_.clear();
  pending_.release_at = Instant{};
  const bool before = in_custody();
  shown_ack_ = una_;
  count_custody(before);
}

}  // namespace gimbal
