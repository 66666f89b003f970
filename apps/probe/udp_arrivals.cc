#include "probe/udp_arrivals.h"

#include <algorithm>
#include <cmath>

namespace gimbal::probe {
namespace {

/// What has no place in time: one histogram under a name.
Metric plain(const std::string& name, const char* unit, const Histogram& histogram) {
  Metric metric;
  metric.name = name;
  metric.unit = unit;
  metric.scale = 1;
  metric.histogram = histogram;
  return metric;
}

}  // namespace

UdpArrivals::UdpArrivals(std::string way, Clock::time_point origin)
    : way_{std::move(way)}, origin_{origin}, jitter_{way_ + "_jitter", origin} {}

void UdpArrivals::observe(std::uint64_t number, std::uint64_t sent_ns, Clock::time_point now,
                          bool right) {
  if (!right) ++mismatches_;
  if (number >= kMostPackets) return;
  if (number >= seen_.size()) seen_.resize(number + 1);
  if (seen_[number]) {
    ++duplicates_;
    return;
  }
  seen_[number] = true;
  const std::int64_t transit = now.time_since_epoch().count() - static_cast<std::int64_t>(sent_ns);
  if (received_ > 0) {
    const auto change = static_cast<double>(transit - last_transit_ns_);
    jitter_ns_ += (std::fabs(change) - jitter_ns_) / 16;
    jitter_.record(now, static_cast<std::uint64_t>(std::llround(jitter_ns_)));
  }
  last_transit_ns_ = transit;
  arrivals_.push_back({now, transit});
  ++received_;
  if (number >= next_expected_) {
    next_expected_ = number + 1;
    return;
  }
  ++reordered_;
  distance_.record(static_cast<std::uint64_t>(
      std::count(seen_.begin() + static_cast<std::ptrdiff_t>(number) + 1, seen_.end(), true)));
}

void UdpArrivals::summarize(std::uint64_t sent, RunResult& result) const {
  Recorder variation{way_ + "_delay_variation", origin_};
  std::int64_t least = INT64_MAX;
  for (const Arrival& arrival : arrivals_) least = std::min(least, arrival.transit_ns);
  for (const Arrival& arrival : arrivals_)
    variation.record(arrival.when, std::chrono::nanoseconds{arrival.transit_ns - least});
  Histogram runs;
  std::uint64_t run = 0;
  for (std::uint64_t number = 0; number < std::min(sent, kMostPackets); ++number) {
    const bool arrived = number < seen_.size() && seen_[number];
    if (!arrived) ++run;
    if (arrived && run > 0) runs.record(run), run = 0;
  }
  if (run > 0) runs.record(run);
  result.metrics.push_back(variation.finish());
  result.metrics.push_back(jitter_.finish());
  if (distance_.count() > 0)
    result.metrics.push_back(plain(way_ + "_reorder", "datagrams", distance_));
  if (runs.count() > 0) result.metrics.push_back(plain(way_ + "_loss_run", "datagrams", runs));
  const std::uint64_t lost = sent > received_ ? sent - received_ : 0;
  result.counters[way_ + "_sent"] = sent;
  result.counters[way_ + "_received"] = received_;
  result.counters[way_ + "_lost"] = lost;
  result.counters[way_ + "_duplicates"] = duplicates_;
  result.counters[way_ + "_reordered"] = reordered_;
  result.counters["mismatches"] += mismatches_;
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  };
  result.figures[way_ + "_loss_percent"] = percent(lost, sent);
  result.figures[way_ + "_reordered_percent"] = percent(reordered_, received_);
  result.figures[way_ + "_jitter_ms"] = jitter_ns_ * 1e-6;
}

}  // namespace gimbal::probe
