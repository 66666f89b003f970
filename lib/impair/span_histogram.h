#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace gimbal::impair {

/// Spans of time counted in buckets of at most 1/8 relative width, exact below 8 ns, up to half an
/// hour. A flat value, cheap enough for every packet; a negative span counts as zero.
class SpanHistogram {
 public:
  void record(Nanos span, std::uint64_t count = 1) noexcept {
    counts_[bucket_of(span.count())] += count;
    total_ += count;
    max_ = max(max_, span);
  }

  /// Calls `use(upper edge, count)` for each bucket that is not empty, ascending.
  template <class Use>
  void for_each(Use&& use) const {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (counts_[i] > 0) use(Nanos{upper_edge(i)}, counts_[i]);
    }
  }

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] Nanos largest() const noexcept { return max_; }
  /// Upper edge of the bucket in which the least value lies that `share` (0 to 1) of all do not
  /// exceed, at most `largest()`; zero when nothing was recorded.
  [[nodiscard]] Nanos percentile(double share) const noexcept {
    const double wanted = share * static_cast<double>(total_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen > 0 && static_cast<double>(seen) >= wanted) {
        return min(max_, Nanos{upper_edge(i)});
      }
    }
    return max_;
  }

 private:
  static constexpr std::size_t kSteps = 8;  // Per doubling.
  static constexpr std::size_t kBuckets = 312;

  static constexpr std::size_t bucket_of(std::int64_t late) noexcept {
    if (late < static_cast<std::int64_t>(kSteps)) {
      return late < 0 ? 0 : static_cast<std::size_t>(late);
    }
    const auto value = static_cast<std::uint64_t>(late);
    const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 4;
    const std::size_t bucket = (shift << 3) + static_cast<std::size_t>(value >> shift);
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static constexpr std::int64_t upper_edge(std::size_t bucket) noexcept {
    if (bucket < 2 * kSteps) return static_cast<std::int64_t>(bucket);
    const std::size_t shift = (bucket >> 3) - 1;
    const std::uint64_t step = (bucket & 7) + kSteps;
    return static_cast<std::int64_t>(((step + 1) << shift) - 1);
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_{0};
  Nanos max_{};
};

}  // namespace gimbal::impair
