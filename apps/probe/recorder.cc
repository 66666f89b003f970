#include "probe/recorder.h"

#include <algorithm>

namespace gimbal::probe {

Recorder::Recorder(std::string name, Clock::time_point origin, std::string unit, double scale,
                   bool lower_is_better)
    : origin_{origin} {
  metric_.name = std::move(name);
  metric_.unit = std::move(unit);
  metric_.scale = scale;
  metric_.lower_is_better = lower_is_better;
}

void Recorder::record(Clock::time_point when, std::uint64_t value) {
  if (when < origin_) return;
  while ((when - origin_) / width_ >= static_cast<std::int64_t>(kMaxIntervals)) join_neighbours();
  const auto index = static_cast<std::size_t>((when - origin_) / width_);
  if (index >= intervals_.size()) intervals_.resize(index + 1);
  intervals_[index].record(value);
  metric_.histogram.record(value);
}

void Recorder::record(Clock::time_point when, Clock::duration value) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(value).count();
  record(when, static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)));
}

void Recorder::join_neighbours() {
  width_ *= 2;
  for (std::size_t i = 0; i < intervals_.size(); i += 2) {
    Histogram joined = std::move(intervals_[i]);
    if (i + 1 < intervals_.size()) joined.merge(intervals_[i + 1]);
    intervals_[i / 2] = std::move(joined);
  }
  intervals_.resize((intervals_.size() + 1) / 2);
}

Metric Recorder::finish() const {
  Metric metric = metric_;
  metric.interval_s = std::chrono::duration<double>(width_).count();
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    const Histogram& h = intervals_[i];
    if (h.count() == 0) continue;
    metric.series.push_back({static_cast<double>(i) * metric.interval_s, h.count(),
                             static_cast<double>(h.quantile(0.5)) * metric.scale,
                             static_cast<double>(h.quantile(0.99)) * metric.scale,
                             static_cast<double>(h.max()) * metric.scale});
  }
  return metric;
}

}  // namespace gimbal::probe
