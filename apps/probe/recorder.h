#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "probe/result.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// Collects one metric during a run: the histogram of the whole and one per interval. Keeps at most
/// `kMaxIntervals` intervals: when a run outgrows them, neighbours are joined and the width
/// doubles, so a run of any length has a series and no length need be known beforehand.
class Recorder {
 public:
  static constexpr std::size_t kMaxIntervals = 240;
  static constexpr std::chrono::milliseconds kFirstInterval{100};

  /// `origin`: the start of the measured part; what is recorded for a time before it counts as
  /// warm-up and is dropped. See `Metric` for `unit` and `scale`.
  Recorder(std::string name, Clock::time_point origin, std::string unit = "ms", double scale = 1e-6,
           bool lower_is_better = true);

  /// `when` places the value in the series. For a latency it is the (intended) start: the moment
  /// a user would name.
  void record(Clock::time_point when, std::uint64_t value);
  /// A latency in nanoseconds; a negative one is recorded as 0.
  void record(Clock::time_point when, Clock::duration value);

  [[nodiscard]] std::uint64_t count() const noexcept { return metric_.histogram.count(); }
  [[nodiscard]] const Histogram& histogram() const noexcept { return metric_.histogram; }
  /// The metric with its series.
  [[nodiscard]] Metric finish() const;

 private:
  void join_neighbours();

  Metric metric_;
  Clock::time_point origin_;
  Clock::duration width_{kFirstInterval};
  std::vector<Histogram> intervals_;
};

}  // namespace gimbal::probe
