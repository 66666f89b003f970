#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/bootstrap.h"
#include "probe/figure.h"
#include "probe/result.h"

namespace gimbal::probe {

/// How two runs are compared.
struct CompareOptions {
  double confidence{0.95};   ///< Of every interval, 0..1.
  unsigned resamples{2000};  ///< Bootstrap replicates.
  std::uint64_t seed{1};     ///< Of the resampling.
  double ignore_percent{1};  ///< A smaller difference of the two is none: buckets are 0.8 % wide.
  double fewest_beyond{5};   ///< A percentile with fewer (independent) values beyond is not judged.
};

enum class Verdict : std::uint8_t {
  better,          ///< The whole interval lies on the good side, and the difference is not tiny.
  worse,           ///< On the bad side.
  none_shown,      ///< No difference shown. Not the same as: there is none.
  too_few_values,  ///< Not judged.
};

/// "better", "worse", "no difference shown", "too few values".
std::string_view describe(Verdict verdict);

/// One percentile (or the mean) of one metric in both runs.
struct CompareRow {
  std::string metric;
  std::string what;  ///< "p99", "mean"
  std::string unit;
  double a{0};
  double b{0};
  Interval diff;   ///< Of b - a.
  Interval ratio;  ///< Of b / a.
  Verdict verdict{Verdict::none_shown};

  [[nodiscard]] double difference() const noexcept { return b - a; }
  [[nodiscard]] double quotient() const noexcept;
};

/// A number a run has once: no interval can be had, so nothing is judged.
struct CompareFigure {
  std::string name;
  double a{0};
  double b{0};
};

struct Comparison {
  std::string name_a;
  std::string name_b;
  std::string workload;
  CompareOptions options;
  std::vector<CompareRow> rows;
  std::vector<CompareFigure> figures;  ///< Figures and counters that both have.
  std::vector<std::string> remarks;    ///< Parameters that differ, metrics only one has.

  [[nodiscard]] bool any(Verdict verdict) const noexcept;
};

/// B against A. Fails when they are of different workloads. Deterministic by the options' seed.
Result<Comparison> compare_runs(const RunResult& a, const RunResult& b,
                                const CompareOptions& options);

/// A number of the comparison by name: a row's `ratio`, `diff`, or an end of their intervals
/// ("step.p99.ratio", "p99.diff", "p99.ratio_high"; without a metric, of the first).
Result<Figure> find_figure(const Comparison& comparison, std::string_view name);

nlohmann::json to_json(const Comparison& comparison);

}  // namespace gimbal::probe
