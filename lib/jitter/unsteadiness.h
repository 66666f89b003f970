#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// What a leg does to a flow beside its queue: does it reorder, lose at random, hold things up?
/// Each is remembered for a while, so that it can be told while a queue stands on top of it.
class Unsteadiness {
 public:
  /// The newest round trip, in order of acknowledgment. `own_step` is what the segments it covers
  /// take at the delivery rate: a burst of ours raises the round trip by that much from one
  /// acknowledgment to the next, a path that holds things up by more at once.
  void on_sample(Nanos rtt, Nanos own_step, Nanos base, Instant now) noexcept;
  /// `delivered` segments more, `late` of them originals that filled a hole.
  void on_delivered(std::uint32_t delivered, std::uint32_t late) noexcept;
  /// `lost` segments were found missing together. `queue_stands`: perhaps a queue dropped them.
  void on_lost(std::uint32_t lost, bool queue_stands) noexcept;
  /// Segments taken for lost that came after all.
  void on_lost_in_error(std::uint32_t segments) noexcept;

  [[nodiscard]] bool reorders() const noexcept { return late_ > kLateMatters; }
  [[nodiscard]] bool loses() const noexcept { return stray_ > kStrayMatters; }
  [[nodiscard]] bool jumps(Instant now) const noexcept;
  [[nodiscard]] bool any(Instant now) const noexcept { return reorders() || loses() || jumps(now); }
  /// So many segments in a row, or nearly so, were lost: a queue overflowed or a policer struck,
  /// whatever the round trip says.
  [[nodiscard]] bool run_of_losses() const noexcept { return run_ >= kRun && !reorders(); }
  /// Losses found per segment delivered, smoothed over about 512 segments.
  [[nodiscard]] double loss_ratio() const noexcept { return loss_; }

 private:
  static constexpr double kLateMatters = 0.002;  ///< One late original in 500 segments.
  static constexpr double kStrayMatters = 0.0004;
  static constexpr double kStrayMemory = 4096;  ///< Segments: losses of 0.1 % are remembered.
  static constexpr double kQueueDoubt = 1.0 / 3;
  static constexpr std::uint32_t kRun = 8;
  static constexpr Nanos kJumpMemory = Nanos::seconds(1);
  static constexpr Nanos kLeastJump = Nanos::millis(2);

  [[nodiscard]] double level(Instant now) const noexcept;
  [[nodiscard]] std::uint32_t near() const noexcept;

  double late_{0};
  double loss_{0};
  double stray_{0};
  double pending_stray_{0};  ///< A lone loss, until it is known that none follows it closely.
  std::uint32_t since_loss_{0xffff};  ///< Segments delivered since the last loss.
  std::uint32_t run_{0};
  Nanos last_rtt_{};
  Nanos jump_matters_{};
  double level_ms_{0};  ///< Upward jumps of the last second.
  Instant level_at_{};
};

}  // namespace gimbal
