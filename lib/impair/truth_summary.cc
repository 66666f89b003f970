#include "impair/truth_summary.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace gimbal::impair {
namespace {

/// Nearest rank: the least value at least `share` of all are not above.
Nanos percentile(const std::vector<std::int64_t>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return Nanos{sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1]};
}

void summarise_delay(std::vector<std::int64_t> delays, DirectionSummary& out) {
  std::sort(delays.begin(), delays.end());
  const double sum =
      std::accumulate(delays.begin(), delays.end(), 0.0,
                      [](double a, std::int64_t d) { return a + static_cast<double>(d); });
  out.delay_min = Nanos{delays.front()};
  out.delay_mean = Nanos{static_cast<std::int64_t>(sum / static_cast<double>(delays.size()))};
  out.delay_p50 = percentile(delays, 0.5);
  out.delay_p90 = percentile(delays, 0.9);
  out.delay_p99 = percentile(delays, 0.99);
  out.delay_p999 = percentile(delays, 0.999);
  out.delay_max = Nanos{delays.back()};
}

/// `released` is in order of arrival.
void summarise_reordering(const std::vector<std::int64_t>& released, DirectionSummary& out) {
  std::vector<std::size_t> left(released.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  std::stable_sort(left.begin(), left.end(),
                   [&](std::size_t a, std::size_t b) { return released[a] < released[b]; });

  // newest[i]: the latest arrival among the first i + 1 to leave. It never falls, so the first
  // that overtook a given packet is found by halving.
  std::vector<std::size_t> newest;
  newest.reserve(left.size());
  for (std::size_t position = 0; position < left.size(); ++position) {
    const std::size_t arrival = left[position];
    const bool overtaken = !newest.empty() && newest.back() > arrival;
    if (overtaken) {
      const auto first = std::upper_bound(newest.begin(), newest.end(), arrival);
      const auto extent = position - static_cast<std::size_t>(first - newest.begin());
      ++out.reordered;
      out.extent_max = std::max<std::uint64_t>(out.extent_max, extent);
    }
    newest.push_back(overtaken ? newest.back() : arrival);
  }
}

}  // namespace

void TruthSummary::add(const TruthRecord& record) {
  if (record.from >= kPortCount || record.cause >= kDropCauseCount) {
    ++damaged_;
    return;
  }
  OneWay& way = ways_[record.from];
  ++way.counts.packets;
  way.counts.bytes += record.frame_bytes;
  ++way.counts.by_cause[record.cause];
  way.counts.backlog_max = std::max(way.counts.backlog_max, record.backlog_bytes);
  if (record.cause == static_cast<std::uint8_t>(DropCause::none)) {
    way.carried.push_back(Carried{record.enqueued, record.released});
  }
}

DirectionSummary TruthSummary::summarise(PortId from) const {
  const OneWay& way = ways_[static_cast<std::size_t>(from)];
  DirectionSummary out = way.counts;
  if (way.carried.empty()) return out;
  std::vector<std::int64_t> delays;
  std::vector<std::int64_t> released;
  delays.reserve(way.carried.size());
  released.reserve(way.carried.size());
  for (const Carried& one : way.carried) {
    delays.push_back(one.released - one.enqueued);
    released.push_back(one.released);
  }
  summarise_delay(std::move(delays), out);
  summarise_reordering(released, out);
  return out;
}

}  // namespace gimbal::impair
