#include "jitter/judge.h"

namespace gimbal {

namespace {

constexpr std::uint64_t kFirstJudgment = 32;  ///< Segments; below it every verdict is a guess.
constexpr std::uint32_t kRaisedRounds = 2;
constexpr Nanos kDelayedAck = Nanos::millis(50);

/// A queue that was seen has not gone before its floor has come down half the way: who steers by
/// the same floor keeps it about where it is first told.
bool still_stands(const PathModel& path) noexcept {
  return path.floor() > path.base() + path.tolerance() / 2;
}

}  // namespace

const char* to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::unknown:
      return "unknown";
    case Verdict::clean:
      return "clean";
    case Verdict::jitter_fifo:
      return "jitter-fifo";
    case Verdict::jitter_reorder:
      return "jitter-reorder";
    case Verdict::random_loss:
      return "random-loss";
    case Verdict::outage:
      return "outage";
    case Verdict::congested:
      return "congested";
    case Verdict::congested_unsteady:
      return "congested-unsteady";
  }
  return "?";
}

bool Judge::settle(Verdict verdict, const char* reason) noexcept {
  const bool changed = verdict != verdict_;
  verdict_ = verdict;
  reason_ = reason;
  return changed;
}

const char* Judge::sign_of_congestion(const Evidence& evidence,
                                      const PathModel& path) const noexcept {
  const bool lost = evidence.lost_segments + evidence.resent_by_sender > 0;
  if (evidence.congestion_echo) return "ECE: the path marked congestion";
  if (lost && path.raised()) return "loss while the round-trip floor stands above its base";
  if (path.raised_rounds() >= kRaisedRounds)
    return "round-trip floor above its base for two rounds";
  if (lost && shaking_.run_of_losses()) return "losses in a row: a short queue or a policer";
  return nullptr;
}

bool Judge::weigh(const Evidence& evidence, const PathModel& path, Instant now) noexcept {
  delivered_ += evidence.delivered_segments;
  shaking_.on_delivered(evidence.delivered_segments, evidence.late_originals);
  shaking_.on_lost_in_error(evidence.lost_in_error);
  const std::uint32_t lost = evidence.lost_segments + evidence.resent_by_sender;
  shaking_.on_lost(lost, path.raised());
  if (evidence.congestion_echo) last_echo_ = now;
  const Nanos lasting = max(path.smoothed() * 8, Nanos::millis(500));
  if (const char* const sign = sign_of_congestion(evidence, path)) {
    congested_until_ = now + lasting;
    congestion_ = sign;
  } else if (evidence.round_closed && now < congested_until_ && still_stands(path)) {
    congested_until_ = now + lasting;
  }
  if (now < congested_until_)
    return settle(shaking_.any(now) ? Verdict::congested_unsteady : Verdict::congested,
                  congestion_);
  if (delivered_ < kFirstJudgment || !path.has_round()) return false;
  if (shaking_.reorders()) return settle(Verdict::jitter_reorder, "originals fill holes late");
  if (shaking_.loses()) return settle(Verdict::random_loss, "lone losses while the floor is low");
  if (shaking_.jumps(now))
    return settle(Verdict::jitter_fifo,
                  "the round trip jumps, its floor does not, nothing is late");
  return settle(Verdict::clean, "floor low, nothing lost, late or held up");
}

Nanos Judge::patience(const PathModel& path) noexcept {
  return path.smoothed() + path.variation() * 4 + max(path.smoothed(), kDelayedAck);
}

bool Judge::weigh_silence(Nanos silence, const PathModel& path) noexcept {
  if (!path.has_samples() || silence < patience(path)) return false;
  return settle(Verdict::outage, "data outstanding and nothing heard");
}

}  // namespace gimbal
