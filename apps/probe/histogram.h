#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gimbal::probe {

/// Counts of unsigned values in log-linear buckets: each power of two is cut into 128 equal parts,
/// so a value read back is above the recorded one by less than 1/128. Values below 256 are exact.
/// Grows to the largest value seen; not for the packet path.
class Histogram {
 public:
  void record(std::uint64_t value) {
    at(bucket_of(value))++;
    ++count_;
    sum_ += static_cast<double>(value);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  /// Adds what another histogram has counted.
  void merge(const Histogram& other) {
    for (std::size_t bucket = 0; bucket < other.counts_.size(); ++bucket)
      if (other.counts_[bucket] > 0) at(bucket) += other.counts_[bucket];
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  /// Rebuilds a histogram from its counts by bucket and the figures kept beside them.
  static Histogram restore(std::vector<std::uint64_t> counts, double sum, std::uint64_t min,
                           std::uint64_t max) {
    Histogram restored;
    for (const std::uint64_t n : counts) restored.count_ += n;
    restored.counts_ = std::move(counts);
    if (restored.count_ == 0) return restored;
    restored.sum_ = sum;
    restored.min_ = min;
    restored.max_ = max;
    return restored;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// 0 when nothing was recorded; so are `max` and `mean`.
  [[nodiscard]] std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  /// Of the values as recorded: exact but for the rounding of double.
  [[nodiscard]] double mean() const noexcept {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
  }
  [[nodiscard]] double sum() const noexcept { return sum_; }
  /// Counts by bucket, as far as one was ever needed.
  [[nodiscard]] std::span<const std::uint64_t> counts() const noexcept { return counts_; }

  /// The smallest bucket edge that at least `q` (0..1) of the values do not exceed; never above
  /// `max()`. 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t quantile(double q) const noexcept {
    // Less a hair: 0.07 * 100 is above 7 in double, and must not ask for an eighth value.
    const double rank = q * static_cast<double>(count_);
    const auto wanted = static_cast<std::uint64_t>(std::ceil(rank * (1 - 1e-12)));
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
  /// One past the bucket of the largest value there is.
  static constexpr std::size_t bucket_limit() noexcept { return bucket_of(UINT64_MAX) + 1; }

 private:
  static constexpr unsigned kPartBits = 7;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;

  std::uint64_t& at(std::size_t bucket) {
    if (bucket >= counts_.size()) counts_.resize(bucket + 1);
    return counts_[bucket];
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_{0};
  double sum_{0};
  std::uint64_t min_{UINT64_MAX};
  std::uint64_t max_{0};
};

}  // namespace gimbal::probe
