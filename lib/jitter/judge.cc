#include "jitter/judge.h"

#include <algorithm>

namespace gimbal {

namespace {

constexpr std::uint64_t kFirstJudgment = 32;  ///< Segments; below it every verdict is a guess.
constexpr double kMemorySegments = 512;
constexpr double kLateMatters = 0.002;  ///< One late original in 500 segments.
constexpr double kLossMatters = 0.0002;
constexpr std::uint32_t kRaisedRounds = 2;

double fold(double average, double events, double segments) noexcept {
  const double weight = std::min(1.0, segments / kMemorySegments);
  return average + weight * (events / std::max(segments, 1.0) - average);
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

bool Judge::sees_congestion(const Evidence& evidence, const PathModel& path) noexcept {
  if (evidence.congestion_echo) {
    reason_ = "ECE: the path marked congestion";
    return true;
  }
  if (evidence.lost_segments > 0 && path.raised()) {
    reason_ = "loss while the round-trip floor stands above its base";
    return true;
  }
  if (path.raised_rounds() >= kRaisedRounds) {
    reason_ = "round-trip floor above its base for two rounds";
    return true;
  }
  return false;
}

bool Judge::weigh(const Evidence& evidence, const PathModel& path, Instant now) noexcept {
  delivered_ += evidence.delivered_segments;
  const auto segments = static_cast<double>(evidence.delivered_segments);
  if (segments > 0 || evidence.lost_segments > 0) {
    loss_ = fold(loss_, evidence.lost_segments, segments);
    late_ = fold(late_, evidence.late_originals, segments);
  }
  if (evidence.congestion_echo) last_echo_ = now;
  const char* const before = reason_;
  const bool unsteady = late_ > kLateMatters;
  if (sees_congestion(evidence, path)) {
    congested_until_ = now + max(path.smoothed() * 8, Nanos::millis(500));
    return settle(unsteady ? Verdict::congested_unsteady : Verdict::congested, reason_);
  }
  if (congested() && now < congested_until_) return reason_ = before, false;
  if (delivered_ < kFirstJudgment || !path.has_round()) return false;
  if (!evidence.round_closed && evidence.lost_segments == 0 && evidence.late_originals == 0 &&
      !congested() && verdict_ != Verdict::outage)
    return false;
  if (unsteady) return settle(Verdict::jitter_reorder, "originals fill holes late");
  if (loss_ > kLossMatters) return settle(Verdict::random_loss, "losses while the floor is low");
  const Nanos spread = path.ceiling() - path.floor();
  if (spread > max(Nanos::millis(2), path.base() / 10))
    return settle(Verdict::jitter_fifo, "ceiling moves, floor does not, nothing is late");
  return settle(Verdict::clean, "floor and ceiling low");
}

bool Judge::weigh_silence(Nanos silence, const PathModel& path) noexcept {
  if (!path.has_samples() || congested()) return false;
  const Nanos patience = path.smoothed() * 2 + path.variation() * 4 + Nanos::millis(50);
  if (silence < patience) return false;
  return settle(Verdict::outage, "data outstanding and nothing heard");
}

}  // namespace gimbal
