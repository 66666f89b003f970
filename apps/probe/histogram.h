#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gimbal::probe {

/// Counts of unsigned values in log-linear buckets: each power of two is cut into 128 equal parts,
/// so a value read back is above the recorded one by less than 1/128. Values below 128 are exact.
/// Grows to the largest value seen; not for the packet path.
class Histogram {
 public:
  void record(std::uint64_t value) {
    const std::size_t bucket = bucket_of(value);
    if (bucket >= counts_.size()) counts_.resize(bucket + 1);
    ++counts_[bucket];
    ++count_;
    max_ = std::max(max_, value);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

  /// The smallest bucket edge that at least `q` (0..1) of the values do not exceed; never above
  /// `max()`. 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted && seen > 0) return std::min(upper_edge(bucket), max_);
    }
    return max_;
  }

  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kParts) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kPartBits;
    return (std::size_t{shift} << kPartBits) + static_cast<std::size_t>(value >> shift);
  }
  /// The largest value that falls into `bucket`.
  static constexpr std::uint64_t upper_edge(std::size_t bucket) noexcept {
    if (bucket < 2 * kParts) return bucket;
    const std::size_t shift = (bucket >> kPartBits) - 1;
    const std::uint64_t part = (bucket & (kParts - 1)) + kParts;
    return ((part + 1) << shift) - 1;
  }

 private:
  static constexpr unsigned kPartBits = 7;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_{0};
  std::uint64_t max_{0};
};

}  // namespace gimbal::probe
