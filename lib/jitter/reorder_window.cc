#include "jitter/reorder_window.h"

namespace gimbal {

namespace {

constexpr Nanos kSmallest = Nanos::micros(125);
constexpr Nanos kShortPathCap = Nanos::millis(100);

/// Upper edge of a bucket: 125 us * sqrt(2)^b, with 99/70 for the root of two.
constexpr Nanos upper_edge(std::size_t bucket) noexcept {
  const Nanos octave = kSmallest * (std::int64_t{1} << (bucket / 2));
  return bucket % 2 == 0 ? octave : octave * 99 / 70;
}

}  // namespace

void ReorderWindow::add(Nanos lateness) noexcept {
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && upper_edge(bucket) < lateness) ++bucket;
  ++counts_[bucket];
  if (++total_ < kMemory) return;
  total_ = 0;
  for (auto& count : counts_) {
    count = static_cast<std::uint16_t>(count / 2);
    total_ += count;
  }
}

Nanos ReorderWindow::quantile(double q) const noexcept {
  const auto wanted = static_cast<std::uint32_t>(q * static_cast<double>(total_));
  std::uint32_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen > wanted) return upper_edge(bucket);
  }
  return upper_edge(kBuckets - 1);
}

Nanos ReorderWindow::value(Nanos least_rtt, Nanos smoothed_rtt,
                           std::uint32_t sacked_segments) const noexcept {
  // A short round trip may hide less than its jitter: there the cap is two of them, or 100 ms.
  const Nanos cap = max(smoothed_rtt, min(smoothed_rtt * 2, kShortPathCap));
  if (learned()) return min(quantile(0.98) * 5 / 4, cap);
  if (prior_ > Nanos{}) return min(prior_, cap);
  if (sacked_segments >= 3) return Nanos::millis(1);
  return least_rtt / 4;
}

}  // namespace gimbal
