#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "impair/direction_config.h"
#include "packet/packet.h"

namespace gimbal::impair {

using Ways = std::array<DirectionConfig, kPortCount>;

/// What a scenario changes while it runs.
struct Timeline {
  struct Step {
    Nanos at{};        ///< Since the start of the timeline.
    Ways ways;         ///< In force from then on, whole.
    std::string note;  ///< For people; may be empty.
  };
  std::vector<Step> steps;  ///< Ascending in `at`.
  Nanos repeat{};           ///< The timeline begins anew after this; zero: never.
};

/// Where a timeline stands. The base configuration is step 0 of each round, `steps[i]` is step
/// i + 1. Pure: the time is an argument.
class TimelineCursor {
 public:
  /// `base` is in force at time zero; both must outlive the cursor.
  TimelineCursor(const Timeline& timeline, const Ways& base) noexcept
      : timeline_{&timeline}, base_{&base} {}

  /// When the next change is due; `Nanos::max()` when there is none.
  [[nodiscard]] Nanos next_due() const noexcept {
    const auto& steps = timeline_->steps;
    if (next_ < steps.size()) return round_ + steps[next_].at;
    const bool again = timeline_->repeat > Nanos{} && !steps.empty();
    return again ? round_ + timeline_->repeat : Nanos::max();
  }
  /// Takes the next change: the configuration in force from `next_due()` on.
  const Ways& advance() noexcept {
    const auto& steps = timeline_->steps;
    if (next_ < steps.size()) return steps[next_++].ways;
    round_ += timeline_->repeat;
    next_ = 0;
    return *base_;
  }
  /// Changes taken in this round.
  [[nodiscard]] std::size_t step() const noexcept { return next_; }

 private:
  const Timeline* timeline_;
  const Ways* base_;
  std::size_t next_{0};
  Nanos round_{};
};

}  // namespace gimbal::impair
