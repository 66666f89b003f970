#pragma once

#include <string>

#include "base/result.h"
#include "probe/figure.h"
#include "probe/result.h"

namespace gimbal::probe {

/// A limit a result must keep, as given on the command line: `barrier.p99<60ms`,
/// `tokens.ttft.p99.9 <= 0.5s`, `bulk.goodput_mbit>65`. Operators < <= > >=; units ms, us, s. A
/// bare number is compared in the unit the figure has.
struct Requirement {
  enum class Comparison : std::uint8_t { less, at_most, greater, at_least };

  std::string text;  ///< As written, for the message.
  std::string path;  ///< Workload (or the run's name), a dot, the figure's name: see `find_figure`.
  Comparison comparison{Comparison::less};
  double limit{0};
  std::string unit;  ///< Empty: the figure's.

  /// What follows the workload's or the run's name in `path`; empty when it is for another.
  [[nodiscard]] std::string figure_of(const std::string& workload, const std::string& name) const;
};

/// Fails with the place that is wrong and an example.
Result<Requirement> parse_requirement(const std::string& text);

/// Whether it is kept, and what was measured, in words: "61.3 ms", or why there is nothing.
struct Judgement {
  bool met{false};
  std::string measured;
};
Judgement judge(const Requirement& requirement, const Result<Figure>& figure);
Judgement judge(const Requirement& requirement, const RunResult& result);

/// "not met: barrier.p99<60ms: measured 61.3 ms".
std::string complaint(const Requirement& requirement, const Judgement& judgement);

}  // namespace gimbal::probe
