#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "jitter/path_model.h"

namespace gimbal {

/// When slow start on the far leg is over: two witnesses must agree, because jitter imitates either
/// one alone. The delivery rate has stopped growing from round to round, and the round-trip floor
/// stands above its base.
class StartUp {
 public:
  void begin() noexcept { *this = StartUp{}; }
  /// Bytes in flight beyond which slow start must not go, by what was delivered so far on a path of
  /// `span`: one bandwidth-delay product fills the pipe, the rest of 1.8 waits in the queue.
  /// Without a bound a round too many cost 12,781 drops at 150 ms (docs/adr/0005, trap 6).
  [[nodiscard]] std::uint32_t most_in_flight(Nanos span, double rate) const noexcept {
    if (best_rate_ <= 0) return UINT32_MAX;
    return static_cast<std::uint32_t>(std::min(
        kMostPipes * std::max(static_cast<double>(best_rate_), rate) * span.to_seconds(), 4e9));
  }
  /// Bytes per second of the round that goes on, as far as it got.
  [[nodiscard]] double rate_so_far(const PathModel& path, std::uint64_t delivered,
                                   Instant now) const noexcept {
    const Nanos span = max(now - round_start_, path.base());
    return static_cast<double>(delivered - delivered_) / span.to_seconds();
  }
  /// Bytes the path holds without a queue at the best rate delivered so far.
  [[nodiscard]] std::uint32_t pipe(const PathModel& path) const noexcept {
    if (!path.has_round()) return 0;
    return static_cast<std::uint32_t>(
        std::min(static_cast<double>(best_rate_) * path.base().to_seconds(), 4e9));
  }
  /// A round closed with `delivered` bytes in all so far.
  void close_round(std::uint64_t delivered, Nanos floor, Instant now) noexcept {
    const Nanos span = now - round_start_;
    const double rate = round_start_ == Instant{} || span <= Nanos{}
                            ? 0
                            : static_cast<double>(delivered - delivered_) / span.to_seconds();
    const bool growing = rate > kGrowing * best_rate_;
    if (growing) clear_floor_ = best_floor_;
    if (rate > best_rate_) {
      best_rate_ = static_cast<float>(rate);
      best_floor_ = floor;
    }
    round_start_ = now;
    delivered_ = delivered;
    flat_ = !growing;
  }
  /// The floor of the last round whose rate was exceeded since: it held no queue.
  [[nodiscard]] Nanos clear_floor() const noexcept { return clear_floor_; }
  /// The delivery rate did not grow in the last round.
  [[nodiscard]] bool plateau() const noexcept { return flat_; }

 private:
  static constexpr double kGrowing = 1.25;  ///< As in BBR's start-up.
  static constexpr double kMostPipes = 1.8;

  Instant round_start_{};
  std::uint64_t delivered_{0};
  Nanos best_floor_{};
  Nanos clear_floor_{};
  float best_rate_{0};  ///< Bytes per second, over a round.
  bool flat_{false};    ///< The last round brought no more.
};

}  // namespace gimbal
