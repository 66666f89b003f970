#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/histogram.h"

namespace gimbal::probe {

/// The percentiles of one interval of a run, in the metric's unit. An interval in which nothing
/// was recorded has no point.
struct SeriesPoint {
  double t_s{0};  ///< Start of the interval, seconds since the run began (warm-up excluded).
  std::uint64_t count{0};
  double p50{0};
  double p99{0};
  double max{0};
};

/// One thing a run measured many times. The histogram holds integers; one of them is `scale` units:
/// latencies are recorded in nanoseconds and read in "ms" (scale 1e-6).
struct Metric {
  std::string name;  ///< "step", "ttft", "request": lower-case words, unique in the run.
  std::string unit{"ms"};
  double scale{1e-6};
  bool lower_is_better{true};
  Histogram histogram;
  double interval_s{0};  ///< Width of the series' intervals.
  std::vector<SeriesPoint> series;

  /// In `unit`; `q` is 0..1.
  [[nodiscard]] double quantile(double q) const noexcept {
    return static_cast<double>(histogram.quantile(q)) * scale;
  }
  [[nodiscard]] double mean() const noexcept { return histogram.mean() * scale; }
  [[nodiscard]] double max() const noexcept { return static_cast<double>(histogram.max()) * scale; }
};

/// Everything one run of one workload measured. Written by a workload, read by the output side;
/// survives JSON whole, so two runs can be compared later from their files.
struct RunResult {
  std::string workload;  ///< As in the table of workloads.
  std::string name;      ///< Given with --name; else the workload's.
  double seconds{0};     ///< Measured part of the run, without the warm-up.
  /// What the run was asked to do, flat: {"reads": 100, "bytes": 4000}.
  nlohmann::json parameters = nlohmann::json::object();
  std::vector<Metric> metrics;  ///< The first is the one the workload is about.
  /// Events: `errors` and `mismatches` are always present; also connections, requests,
  /// bytes_sent, bytes_received and the workload's own.
  std::map<std::string, std::uint64_t> counters{{"errors", 0}, {"mismatches", 0}};
  std::map<std::string, double> figures;  ///< Single numbers: goodput_mbit, tokens_per_s.
  /// Further members of the file's top level, which scripts already read there (barrier's
  /// `rounds_ms` and `p99_ms`, bulk's `flows`). Never one of the names above.
  nlohmann::json extra = nlohmann::json::object();

  [[nodiscard]] const Metric* find(std::string_view metric) const noexcept;
  /// Nothing failed and every byte compared was the right one.
  [[nodiscard]] bool clean() const noexcept;
};

/// The percentiles shown and stored, in order, and their names: {"p50", 0.5} ... {"p99.99",
/// 0.9999}.
struct NamedQuantile {
  const char* name;
  double q;
};
inline constexpr NamedQuantile kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

/// The file format "gimbal-probe/1": the fields above, each metric an object with its percentiles,
/// mean and max in its unit, the histogram as `buckets` [[bucket, count], ...] with `sum`,
/// `min_raw` and `max_raw` in recorded integers, and the series as columns.
nlohmann::json to_json(const RunResult& result);

/// The inverse of `to_json`. `where` (a file's name) begins the error, which names the JSON path.
Result<RunResult> parse_run_result(const nlohmann::json& document, const std::string& where);

}  // namespace gimbal::probe
