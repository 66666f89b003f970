#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Tells delay that is a queue of ours from delay that only looks like one. A full pipe delivers
/// what it delivers: a larger window then buys delay and no rate. While the rate follows the window
/// the pipe is not full, whatever the round trip does (order-keeping jitter grows with the packet
/// rate, and so imitates a queue).
class Elasticity {
 public:
  void begin(Instant now) noexcept {
    *this = Elasticity{};
    block_start_ = now;
  }
  /// The window was cut or stood unused: what was gathered says nothing.
  void disturb(std::uint64_t delivered, Instant now) noexcept {
    anchor_ = Block{};
    follows_ = false;
    restart(delivered, now);
  }
  /// More than was seen to help must not be taken at once: a quarter above the last window whose
  /// rate is known, nothing when a larger one brought no rate.
  [[nodiscard]] bool may_climb(std::uint32_t window) const noexcept {
    return anchor_.rate > 0 && !full_ && window < kClimb * static_cast<double>(anchor_.window);
  }
  /// The last change of the window changed the rate as much.
  [[nodiscard]] bool follows() const noexcept { return follows_; }
  /// A round closed: its floor, and `delivered` bytes in all so far. Returns the floor that is
  /// known to hold no queue of ours, the one at the smaller window; zero when nothing was learned.
  [[nodiscard]] Nanos close_round(std::uint32_t window, Nanos floor, std::uint64_t delivered,
                                  Instant now) noexcept {
    window_sum_ += window;
    floor_sum_ = floor_sum_ + floor;
    if (++rounds_ < kBlockRounds || now - block_start_ < kBlockTime) return Nanos{};
    const Block before = anchor_;
    const Block last{static_cast<float>(window_sum_ / rounds_),
                     static_cast<float>(static_cast<double>(delivered - delivered_) /
                                        (now - block_start_).to_seconds()),
                     floor_sum_ / static_cast<std::int64_t>(rounds_)};
    restart(delivered, now);
    const double change = std::log(static_cast<double>(last.window / before.window));
    if (before.rate > 0 && last.rate > 0 && std::abs(change) < kLeastChange) return Nanos{};
    anchor_ = last;
    if (before.rate <= 0 || last.rate <= 0 || std::abs(change) > kMostChange) return Nanos{};
    const double answer = std::log(static_cast<double>(last.rate / before.rate)) / change;
    const bool follows = answer > kFollows;
    follows_ = follows;
    if (change > 0) full_ = answer < kIdle;
    if (change < 0 && full_) full_ = !follows;
    return !follows ? Nanos{} : change > 0 ? before.floor : last.floor;
  }

 private:
  static constexpr std::uint32_t kBlockRounds = 8;
  static constexpr Nanos kBlockTime = Nanos::millis(500);
  static constexpr double kLeastChange = 0.1;
  static constexpr double kMostChange = 0.5;  ///< A larger step may cross from empty to full.
  static constexpr double kFollows = 0.75;    ///< Half of it is what an equal neighbour leaves us.

  static constexpr double kIdle = 0.3;
  static constexpr double kClimb = 1.25;

  // A flow's state is memory times a million: seven digits are enough.
  struct Block {
    float window{1};
    float rate{0};
    Nanos floor{};
  };
  void restart(std::uint64_t delivered, Instant now) noexcept {
    window_sum_ = 0;
    floor_sum_ = Nanos{};
    rounds_ = 0;
    delivered_ = delivered;
    block_start_ = now;
  }

  double window_sum_{0};
  Nanos floor_sum_{};
  std::uint32_t rounds_{0};
  std::uint64_t delivered_{0};
  Instant block_start_{};
  Block anchor_{};
  bool full_{false};
  bool follows_{false};
};

}  // namespace gimbal
