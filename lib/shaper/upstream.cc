#include "shaper/upstream.h"

#include <algorithm>

#include "shaper/window_plan.h"

namespace gimbal {

namespace {
/// Acknowledgments that show an original's echo: one ends the recovery, the next stand in if it is
/// lost on the way.
constexpr std::uint8_t kEchoes = 2;
/// A floor above its base by no more than this and a quarter holds no full queue, whatever the
/// jitter.
constexpr Nanos kCertain = Nanos::millis(4);
/// Segments missing beside the first copy that are no overflow yet.
constexpr std::uint32_t kStrays = 8;
/// Segments from which clumps are thinned: HyStart does not listen in a first window.
constexpr std::uint32_t kFirstWindow = 10;
/// Between two window updates: what a sender may burst.
constexpr Nanos kUpdatePause = Nanos::millis(2);
}  // namespace

void Upstream::begin(const UpstreamFacts& facts, Seq32 nxt) noexcept {
  facts_ = facts;
  nxt_ = nxt;
  near_.begin(facts.near_rtt);
  resequencer_.start(nxt);
  shown_edge_ = facts.right_edge;
  shown_ack_ = nxt;
}

Nanos Upstream::window() const noexcept {
  if (!facts_.actuators.has(Actuator::resequencing)) return {};
  return lateness_.window(min(limits_->hold_cap, limits_->sender_rto_min / 2));
}

void Upstream::note_silence(Instant now) noexcept {
  const PathModel& path = near_.path();
  const Nanos patience = path.smoothed() * 2 + path.variation() * 4 + limits_->outage_least;
  if (path.has_samples() && now - arrived_at_ > patience) silence_end_ = now;
  arrived_at_ = now;
}

/// It showed when a silence ended, and more is missing: the leg was dark, its queue ran over, and
/// its sender may have timed out. One told that its first copies were needless takes all that is
/// lost for delivered, and waits for its timer again.
bool Upstream::ran_over_in_silence(const Gap& gap, Instant now) const noexcept {
  const Nanos since = gap.revealed_at - silence_end_;
  return since >= Nanos{} && since < near_.loop() * 2 &&
         gaps_.missing_between(silence_end_, now) > kStrays * mss_;
}

Upstream::Arrival Upstream::on_data(const Segment& segment, const Packet& packet, bool may_hold,
                                    Instant now) noexcept {
  if (segment.ecn == 3) near_.on_mark(now);
  note_silence(now);
  const bool round_closed =
      facts_.timestamps && near_.on_data(segment.options.ts_echo, segment.end(), now);
  mss_ = std::max(mss_, segment.payload_length);
  near_.add_segments(1, 0);
  const auto fresh = segment.end() > nxt_ ? static_cast<std::uint32_t>(segment.end() - nxt_) : 0U;
  const bool repaired = note_arrival(segment, now);
  steer(segment, fresh, round_closed, now);
  const bool ahead = segment.seq > resequencer_.next();
  // A segment that must not wait takes what is before it along.
  const bool must_pass = segment.flags.fin || segment.flags.urg;
  if (ahead && window() > Nanos{} && !must_pass && may_hold &&
      resequencer_.hold(segment.seq, segment.end(), packet, now))
    return Arrival::hold;
  const bool held = !resequencer_.empty();
  if (held && ahead && !must_pass) counters_->add(Counter::resequencing_refused);
  resequencer_.passed(segment.end());
  // What is held was sent before a retransmission that fills its gap, and must reach the receiver
  // before it: once that one's newer timestamp is TS.Recent, PAWS refuses the others.
  return held && (ahead || repaired) ? Arrival::flush : Arrival::pass;
}

bool Upstream::note_arrival(const Segment& segment, Instant now) noexcept {
  const Seq32 end = segment.end();
  if (segment.seq > nxt_)
    gaps_.open({nxt_, segment.seq, segment.options.ts_value, now,
                near_.congested(missing(now), control_.rules(now), now)});
  bool repaired = false;
  if (segment.seq < nxt_)
    if (const auto gap = gaps_.fill(segment.seq, end)) repaired = note_filled(*gap, segment, now);
  nxt_ = max(nxt_, end);
  return repaired;
}

/// An original is stamped no later than what overtook it, a retransmission later (the idea of
/// Eifel, RFC 3522). Without timestamps: nothing can be resent sooner than a round trip after the
/// gap showed.
bool Upstream::came_late(const Gap& gap, const Segment& segment, Instant now) const noexcept {
  if (facts_.timestamps)
    return static_cast<std::int32_t>(segment.options.ts_value - gap.revealed_ts) <= 0;
  return now - gap.revealed_at < facts_.near_rtt;
}

bool Upstream::note_filled(const Gap& gap, const Segment& segment, Instant now) noexcept {
  if (came_late(gap, segment, now)) {
    ++late_seen_;
    control_.note_disorder();
    lateness_.on_late(now - gap.revealed_at, now);
    return false;
  }
  lateness_.on_lost(now);
  first_repair_ = min(first_repair_, now);
  repaired_at_ = now;
  near_.add_segments(0, 1);
  answer_copy(gap, segment, now);
  return true;
}

std::uint32_t Upstream::missing(Instant now) const noexcept {
  const Instant certain = now - window();
  return gaps_.missing_between(certain - near_.path().smoothed(), certain) / mss_;
}

void Upstream::answer_copy(const Gap& gap, const Segment& segment, Instant now) noexcept {
  const bool congested = gap.queued || near_.congested(missing(now), control_.rules(now), now);
  if (!in_episode_) {
    in_episode_ = true;
    episode_end_ = nxt_;
    original_ts_ = gap.revealed_ts;
    forgiving_ = true;
    ran_over_ = false;
  }
  if (ran_over_in_silence(gap, now)) ran_over_ = true;
  if (ran_over_) forgiving_ = false;
  // The sender takes a reduction back when every copy of its recovery is answered: one that
  // counts is enough to keep it.
  if (congested) {
    // What its own start made run over is answered by its own window.
    if (!control_.starting(near_, now)) forgiving_ = false;
    control_.on_congestion(near_, gap.revealed_at, now);
  } else if (near_.path().recent_floor() <= near_.path().base() * 5 / 4 + kCertain) {
    // Under order-keeping jitter a full queue hides in the floor's own tolerance; what it drops
    // must not bring the control in, which takes that jitter for a queue.
    ++strays_seen_;
  }
  if (!facts_.actuators.has(Actuator::undo_injection) || !facts_.sack_permitted) return;
  if (!forgiving_ || style_.paced() || !near_.path().has_samples()) {
    counters_->add(Counter::undo_refused);
    return;
  }
  if (!ledger_.owe({segment.seq, segment.end()})) counters_->add(Counter::undo_refused);
}

std::optional<Packet> Upstream::release(Instant now) noexcept {
  const auto held = resequencer_.release(window(), now);
  if (!held) return std::nullopt;
  if (held->gave_up) counters_->add(Counter::resequencing_given_up);
  return held->packet;
}

std::optional<Packet> Upstream::flush() noexcept {
  const auto held = resequencer_.flush();
  if (!held) return std::nullopt;
  return held->packet;
}

void Upstream::steer(const Segment& segment, std::uint32_t fresh, bool round_closed,
                     Instant now) noexcept {
  control_.on_arrival(segment.payload_length, near_, round_closed, now);
  if (fresh == 0 || !facts_.timestamps) return;
  clumps_.on_data(segment.options.ts_value, now);
  watch_style(segment, now);
  if (control_.active() || near_.congested(0, false, now)) return;
  const bool thins = facts_.actuators.has(Actuator::ack_thinning);
  // What clumps do to a growing sender is thinned away. Only who makes clumps of its own of them
  // needs to be steered for it.
  if (clumped() && thins) control_.thin_only(now);
  if (style_.paced()) return;
  if (late_seen_ == 0 && strays_seen_ == 0 && !(clumped() && style_.bursts())) return;
  const auto in_flight = static_cast<std::uint32_t>(nxt_ - shown_ack_);
  control_.activate(std::max(control_.round_bytes(), in_flight), mss_, thins, now);
  counters_->add(Counter::near_control_started);
}

/// How much data that comes now was sent by its sender's own lights.
NearStyle::Tells Upstream::tells(Instant now) const noexcept {
  if (late_seen_ > 0) return NearStyle::Tells::nothing;
  if (first_repair_ == Instant::never() && gaps_.empty()) return NearStyle::Tells::all;
  // What is done about a first repair comes back as data a round trip later.
  return now - first_repair_ < near_.path().smoothed() ? NearStyle::Tells::pace
                                                       : NearStyle::Tells::nothing;
}

void Upstream::watch_style(const Segment& segment, Instant now) noexcept {
  if (style_.paced() || control_.paces()) return;
  style_.on_data(segment.options.ts_value, near_.path().smoothed(), tells(now), now);
  if (style_.bursts()) control_.note_bursts();
  if (!style_.paced()) return;
  counters_->add(Counter::paced_senders);
  control_.stop(clumped());
}

Instant Upstream::may_wait(const Segment& segment, Instant now) noexcept {
  const Nanos gap = control_.active() || clumped() ? control_.thin_gap(near_.loop()) : Nanos{};
  if (segment.flags.ece || segment.window == 0 || !segment.is_pure_ack() ||
      segment.ack < shown_ack_)
    return Instant::never();
  const bool recovers = segment.options.sack_count > 0 || in_episode_ || owes();
  const bool reports = segment.ack > shown_ack_ || segment.options.sack_count > 0;
  // On lossy paths a sender is in recovery most of the time, and HyStart listens in recoveries,
  // too. Disorder not yet hidden must be reported as it is: its sender learns from it to wait. And
  // who mends what ran over in an outage needs each acknowledgment.
  const bool earnest = late_seen_ > 0 || (in_episode_ && ran_over_) || !control_.active();
  if (gap == Nanos{} || !reports || (recovers && earnest)) return Instant::never();
  // Where data comes in clumps, each ends with an acknowledgment of all that came.
  const bool clumps = clumped() && control_.arrived() > kFirstWindow * mss_;
  return (segment.ack >= nxt_ && !clumps) || now >= next_thinned_ ? Instant::never()
                                                                  : next_thinned_;
}

Seq32 Upstream::edge(Instant now) noexcept {
  const Seq32 limit = nxt_ + control_.window();
  if (!control_.paces()) return limit;
  paced_edge_.advance(limit, control_.pace(near_.path().smoothed()), now);
  return paced_edge_.edge();
}

std::uint16_t Upstream::plan_shown_window(const Segment& segment, Instant now) noexcept {
  if (!steers() || segment.window == 0 || !segment.is_pure_ack()) return segment.window;
  return plan_window({segment.ack, segment.window, facts_.window_scale, shown_edge_}, edge(now));
}

std::optional<std::uint16_t> Upstream::plan_window_update(Instant now) noexcept {
  if (shown_.empty() || shown_.ack() != shown_ack_ || !steers()) return std::nullopt;
  if ((!holds() && !control_.paces()) || now < update_at_) return std::nullopt;
  if (control_.paces()) update_at_ = now + kUpdatePause;  // The deadline looks at it.
  const std::uint16_t window =
      plan_window({shown_.ack(), shown_.offered(), facts_.window_scale, shown_edge_}, edge(now));
  // The same window said twice would be a duplicate acknowledgment.
  const Seq32 edge = shown_.ack() + (std::uint32_t{window} << facts_.window_scale);
  return edge < shown_edge_ + 2 * mss_ ? std::nullopt : std::optional{window};
}

void Upstream::on_window_update(std::uint16_t window, Instant now) noexcept {
  shown_edge_ = max(shown_edge_, shown_.ack() + (std::uint32_t{window} << facts_.window_scale));
  update_at_ = now + kUpdatePause;
}

std::optional<std::uint32_t> Upstream::plan_echo(const Segment& segment) noexcept {
  if (!facts_.actuators.has(Actuator::undo_injection) || !segment.options.has_timestamps)
    return std::nullopt;
  if (in_episode_ && forgiving_ && !style_.paced() && segment.ack >= episode_end_)
    echoes_left_ = kEchoes;
  if (echoes_left_ == 0 || !segment.is_pure_ack()) return std::nullopt;
  // Only ever back: an echo from the future is a lie no stack expects.
  if (static_cast<std::int32_t>(segment.options.ts_echo - original_ts_) <= 0) return std::nullopt;
  --echoes_left_;
  return original_ts_;
}

void Upstream::on_shown(const Segment& segment, Instant now) noexcept {
  const std::uint32_t window = std::uint32_t{segment.window}
                               << (facts_.scale_known ? facts_.window_scale : 0);
  shown_edge_ = max(shown_edge_, segment.ack + window);
  update_at_ = now + kUpdatePause;
  if (segment.ack > shown_ack_ || segment.options.sack_count > 0)
    next_thinned_ = now + control_.thin_gap(near_.loop());
  shown_ack_ = max(shown_ack_, segment.ack);
  if (segment.flags.ece) near_.on_mark(now);
  if (segment.options.has_timestamps && segment.payload_length == 0)
    near_.on_shown(segment.options.ts_value, segment.ack, now);
  gaps_.forget_below(segment.ack);
  if (!in_episode_ || segment.ack < episode_end_) return;
  in_episode_ = false;
}

void Upstream::owe(SackBlock copy) noexcept {
  const bool may = facts_.actuators.has(Actuator::undo_injection) && facts_.sack_permitted;
  if (!may || !ledger_.owe(copy)) counters_->add(Counter::undo_refused);
}

Upstream::Blocks Upstream::pay_dsack(const Segment& segment) noexcept {
  Blocks blocks;
  const std::span<const SackBlock> own{segment.options.sack.data(), segment.options.sack_count};
  std::optional<SackBlock> inside;
  const auto copy = ledger_.pay(segment.ack, own, inside);
  if (!copy) return blocks;
  counters_->add(Counter::undo_injected);
  blocks.push(*copy);
  if (inside) blocks.push(*inside);
  for (const SackBlock& block : own)
    if (!inside || block != *inside) blocks.push(block);
  return blocks;
}

}  // namespace gimbal
