#include "jitter/unsteadiness.h"

#include <algorithm>
#include <cmath>

namespace gimbal {

namespace {

constexpr double kMemorySegments = 512;
constexpr double kLeastLevel = 2;  ///< In jumps that matter.
constexpr double kMostLevel = 6;   ///< The longest stall is forgotten as soon as any other.

double decayed(double average, double segments, double memory) noexcept {
  return average * std::max(0.0, 1 - segments / memory);
}

}  // namespace

double Unsteadiness::level(Instant now) const noexcept {
  return level_ms_ * std::exp(-((now - level_at_) / kJumpMemory));
}

bool Unsteadiness::jumps(Instant now) const noexcept {
  return level_ms_ > 0 && level(now) > kLeastLevel * jump_matters_.to_ms();
}

void Unsteadiness::on_sample(Nanos rtt, Nanos own_step, Nanos base, Instant now) noexcept {
  const Nanos rise = rtt - last_rtt_;
  const bool first = last_rtt_ == Nanos{};
  last_rtt_ = rtt;
  jump_matters_ = max(kLeastJump, base / 10);
  if (first || rise < max(kLeastJump, own_step * 3)) return;
  level_ms_ = std::min(level(now) + rise.to_ms(), kMostLevel * jump_matters_.to_ms());
  level_at_ = now;
}

/// Losses closer than this belong to one event: a quarter of the usual distance of stray ones.
std::uint32_t Unsteadiness::near() const noexcept {
  return static_cast<std::uint32_t>(std::clamp(0.25 / std::max(stray_, 1e-6), 2.0, 16.0));
}

void Unsteadiness::on_delivered(std::uint32_t delivered, std::uint32_t late) noexcept {
  if (delivered == 0) return;
  const double segments = delivered;
  late_ = decayed(late_, segments, kMemorySegments) + late / kMemorySegments;
  loss_ = decayed(loss_, segments, kMemorySegments);
  stray_ = decayed(stray_, segments, kStrayMemory);
  since_loss_ = std::min(since_loss_ + delivered, 0xffffU);
  if (since_loss_ < near()) return;
  stray_ += pending_stray_ / kStrayMemory;
  pending_stray_ = 0;
  run_ = 0;
}

void Unsteadiness::on_lost(std::uint32_t lost, bool queue_stands) noexcept {
  if (lost == 0) return;
  loss_ += lost / kMemorySegments;
  const bool lone = since_loss_ >= near() && lost == 1;
  run_ = since_loss_ < near() ? run_ + lost : lost;
  pending_stray_ = lone ? (queue_stands ? kQueueDoubt : 1) : 0;
  since_loss_ = 0;
}

void Unsteadiness::on_lost_in_error(std::uint32_t segments) noexcept {
  if (segments == 0) return;
  loss_ = std::max(0.0, loss_ - segments / kMemorySegments);
  stray_ = std::max(0.0, stray_ - segments / kStrayMemory);
  pending_stray_ = 0;
  run_ -= std::min(run_, segments);
}

}  // namespace gimbal
