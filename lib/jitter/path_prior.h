#pragma once

#include "base/rate.h"
#include "base/time.h"
#include "jitter/judge.h"

namespace gimbal {

/// What flows to one far prefix learned of its path lately: the first belief of the next one, until
/// it has figures of its own. Fades by half a minute by minute. A pure value; no unit is implied
/// beyond the types.
struct PathPrior {
  Nanos base{};            ///< Least floor of the round trip; zero: nothing known.
  Nanos jitter{};          ///< Ceiling above floor.
  Nanos reorder_window{};  ///< How late an original may come; zero: none came late.
  double loss_ratio{0};    ///< Losses per segment delivered, 0 to 1.
  BitRate rate{};          ///< Highest delivery rate; zero: unknown.
  /// The last one that says what the path is like. Congestion and outages pass: never these.
  Verdict verdict{Verdict::unknown};
  double weight{0};  ///< Of how many reports it is the mean, after fading; at most kMost.
  Instant updated{};

  [[nodiscard]] bool known() const noexcept { return weight > 0; }

  /// Adds one flow's figures (`seen.weight` and `seen.updated` are not read).
  void fold(const PathPrior& seen, Instant now) noexcept;
  /// What is left of it at `now`: nothing once its weight is below kLeast.
  [[nodiscard]] PathPrior at(Instant now) const noexcept;

 private:
  static constexpr double kMost = 8;
  static constexpr double kLeast = 1.0 / 16;  ///< A single report lasts four minutes, many seven.
};

}  // namespace gimbal
