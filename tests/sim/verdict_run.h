#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "sim/box.h"
#include "sim/path_truth.h"
#include "sim/verdict_case.h"

namespace gimbal::sim {

/// Truth and verdict side by side, each 10 ms.
struct VerdictSample {
  Instant at;
  PathSample truth;
  bool loses_at_random{false};  ///< The models now in force do.
  bool reorders{false};
  std::uint64_t delivered{0};  ///< Segments the receiver has.
  bool active{false};          ///< Data of the judged flow was offered to the path in the interval.
  bool known{false};           ///< The box has an engine for the flow; else its verdict is unknown.
  std::string_view verdict{"unknown"};
  std::string_view reason;
  double floor_ms{0};
  double base_ms{0};
};

struct VerdictRun {
  const VerdictCase* question{nullptr};
  Algorithm algorithm{Algorithm::cubic};
  BoxKind box{BoxKind::observe};
  std::uint64_t seed{1};
  Nanos lasts{Nanos::seconds(20)};
};

/// Runs a case to its end. Deterministic.
void run(const VerdictRun& run, const std::function<void(const VerdictSample&)>& on_sample);

}  // namespace gimbal::sim
