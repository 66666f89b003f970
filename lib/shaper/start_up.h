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
  /// A round closed with `window` bytes allowed in flight: the pipe is full, and slow start over.
  /// Where nothing shakes a flat round and a raised floor say so. Under jitter both happen by
  /// themselves: there they only make growth careful (RFC 9406 4.3, conservative slow start), and
  /// full is a pipe that half as much again in flight brought no more of, or one whose floor stays
  /// up for longer than a few rounds: somebody else may keep it there.
  [[nodiscard]] bool full(std::uint32_t window, bool raised, bool shakes) noexcept {
    if (!shakes) return flat_ && raised;
    if (!raised) {
      doubted_window_ = 0;
    } else if (careful() ? best_rate_ > kGrowing * doubted_rate_ : flat_) {
      doubted_window_ = window;
      doubted_rate_ = best_rate_;
      doubted_rounds_ = 0;
    }
    return careful() && (window > kMore * doubted_window_ || ++doubted_rounds_ > kMostDoubt);
  }
  /// Of `delivered` bytes, how many the window grows by: all, or while in doubt a quarter.
  [[nodiscard]] std::uint32_t growth(std::uint32_t delivered) const noexcept {
    return careful() ? delivered / kCareful : delivered;
  }
  [[nodiscard]] bool careful() const noexcept { return doubted_window_ > 0; }
  /// The delivery rate did not grow in the last round.
  [[nodiscard]] bool plateau() const noexcept { return flat_; }

 private:
  static constexpr double kGrowing = 1.25;  ///< As in BBR's start-up.
  static constexpr double kMostPipes = 1.8;
  static constexpr double kMore = 1.5;           ///< Windows that prove a doubt.
  static constexpr std::uint8_t kMostDoubt = 3;  ///< Rounds; docs/adr/0045.
  static constexpr std::uint32_t kCareful = 4;   ///< CSS_GROWTH_DIVISOR, RFC 9406 4.3.

  Instant round_start_{};
  std::uint64_t delivered_{0};
  Nanos best_floor_{};
  Nanos clear_floor_{};
  float best_rate_{0};  ///< Bytes per second, over a round.
  float doubted_rate_{0};
  std::uint32_t doubted_window_{0};  ///< Where doubt began; 0: none.
  std::uint8_t doubted_rounds_{0};
  bool flat_{false};  ///< The last round brought no more.
};

}  // namespace gimbal
