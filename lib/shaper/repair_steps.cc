// Acknowledgments shown in steps.

#include <algorithm>

#include "shaper/repair.h"
#include "shaper/window_plan.h"

namespace gimbal {

namespace {
/// What a step leaves behind must be gone within this part of a round trip.
constexpr std::int64_t kPerRoundTrip = 2;
}  // namespace

/// True when `segment` says more than may be shown now; otherwise it counts as shown.
bool Repair::steps_ack(const Segment& segment, const AckFacts& facts, Instant now) noexcept {
  if (!may_.has(Actuator::ack_steps) || thinner_.active() || !facts.may_edit ||
      !facts.scale_known || in_custody())
    return false;
  const BitRate rate = peak_.value();
  if (steps_.upto(shown_ack_, segment.ack, mss_, rate, now) < segment.ack) return true;
  const auto bytes = static_cast<std::uint32_t>(segment.ack - shown_ack_);
  steps_.on_shown(bytes, bytes, rate, path_.smoothed() / kPerRoundTrip, now);
  return false;
}

/// True when the segment must wait for a steady round trip. Not where a queue shows, where little
/// is out (its sender waits for each answer), or where the acknowledgment says more than a number.
bool Repair::steadies_ack(const Segment& segment, const AckFacts& facts, Instant now) noexcept {
  const bool plain = segment.is_pure_ack() && segment.window != 0 && !segment.flags.ece &&
                     !segment.flags.urg && segment.options.sack_count == 0;
  const bool bulk = flight_.pipe() >= limits_->bulk_segments * mss_;
  if (!may_.has(Actuator::ack_envelope) || !facts.may_edit || !facts.scale_known || !plain ||
      !bulk || in_custody() || exposed_ || judge_.congested()) {
    envelope_.forget();
    return false;
  }
  const Nanos most = min(limits_->hold_cap, limits_->sender_rto_min / 2);
  if (envelope_.add(segment.ack, newest_rtt_, most, now) <= now) return false;
  counters_->add(Counter::acks_steadied);
  pending_.release_at = envelope_.next();
  pending_.advances = pending_.steadied = true;
  pending_.in_steps = false;
  return true;
}

Seq32 Repair::next_step(std::uint32_t backlog, Instant now) noexcept {
  const Segment& whole = pending_.segment;
  if (pending_.steadied) {
    const Seq32 ack = envelope_.upto(shown_ack_, now);
    pending_.release_at = envelope_.next();
    return envelope_.empty() ? whole.ack : ack;
  }
  const BitRate rate = peak_.value();
  const Seq32 ack = steps_.upto(shown_ack_, whole.ack, mss_, rate, now);
  const auto bytes = static_cast<std::uint32_t>(max(ack, shown_ack_) - shown_ack_);
  const Nanos budget = min(path_.smoothed() / kPerRoundTrip, limits_->hold_cap / 2);
  steps_.on_shown(bytes, backlog, rate, budget, now);
  pending_.release_at = steps_.next();
  counters_->add(Counter::ack_steps);
  return bytes == 0 ? whole.ack : ack;
}

std::optional<EarlyAck> Repair::plan_step(const AckFacts& facts, Instant now) noexcept {
  const bool partly = pending_.in_steps || pending_.steadied;
  if (!(active_ || hands_off_) || exposed_ || !partly || flight_.empty() || in_custody())
    return std::nullopt;
  const Segment& whole = pending_.segment;
  const auto backlog = static_cast<std::uint32_t>(max(whole.ack, shown_ack_) - shown_ack_);
  const Seq32 ack = next_step(backlog, now);
  if (ack >= whole.ack || ack <= shown_ack_) {
    envelope_.forget();
    return std::nullopt;
  }
  Segment part = whole;
  part.ack = ack;
  const std::uint32_t raw =
      whole.window + (static_cast<std::uint32_t>(whole.ack - ack) >> facts.window_scale);
  part.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(raw, UINT16_MAX));
  AckPlan plan;
  shape_window(plan, part, facts);
  show(plan, part, facts, now);
  EarlyAck out;
  out.seq = whole.seq;
  out.ack = ack;
  out.window = plan.edit_window ? plan.window : part.window;
  out.has_timestamps = whole.options.has_timestamps;
  out.ts_value = whole.options.ts_value;
  out.ts_echo = whole.options.ts_echo;
  out.cwr = whole.flags.cwr;
  out.ae = whole.flags.ae;
  return out;
}

}  // namespace gimbal
