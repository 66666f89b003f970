#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "impair/direction_config.h"
#include "impair/rate_trace.h"
#include "sim/congestion.h"

namespace gimbal::sim {

/// From `at` on the path is another one. What is not given stays.
struct PathChange {
  Nanos at{};
  std::optional<impair::DirectionConfig> data;
  std::optional<impair::DirectionConfig> acks;
};

/// Frames of full size at a steady rate over the same bottleneck, deaf to everything.
struct SteadyCross {
  double mbit{0};
  Nanos from{};
  Nanos until{};
};

/// A plain TCP flow over the same bottleneck.
struct ElasticCross {
  Algorithm algorithm{Algorithm::cubic};
  Nanos from{};
  Nanos until{};
};

/// What the sending application does: `bytes` each `every`; bulk while `every` is zero.
struct Application {
  std::uint64_t bytes{0};
  Nanos every{};
  [[nodiscard]] bool bulk() const noexcept { return every == Nanos{}; }
  /// A steady stream of so many Mb/s, written every 20 ms.
  static Application at_mbit(double mbit) {
    return {static_cast<std::uint64_t>(mbit * 1e6 / 8 / 50), Nanos::millis(20)};
  }
};

/// A path, what happens on it, and who uses it: a question to the judge.
struct VerdictCase {
  std::string name;
  std::string says;
  impair::DirectionConfig data;
  impair::DirectionConfig acks;
  std::vector<PathChange> changes{};
  std::vector<SteadyCross> steady{};
  std::vector<ElasticCross> elastic{};
  Application application{};
  std::shared_ptr<const impair::RateTrace> trace{};  ///< Owns what `data` points to.
};

/// All of them, the same every time: what is random in a trace comes from a seed of its own.
[[nodiscard]] const std::vector<VerdictCase>& verdict_cases();

}  // namespace gimbal::sim
