#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// How late an original may still come: learned from originals that came late. The window is the
/// 98th percentile of their lateness times 1.25 (docs/adr/0005), never more than the smoothed round
/// trip. Before any lateness is seen it follows RFC 8985 6.2: a quarter of the least round trip,
/// and next to nothing once three segments above the hole have been reported.
class ReorderWindow {
 public:
  /// What earlier flows of the same path learned; counts until this one has learned itself.
  void seed(Nanos window) noexcept { prior_ = window; }
  void add(Nanos lateness) noexcept;

  [[nodiscard]] Nanos value(Nanos least_rtt, Nanos smoothed_rtt,
                            std::uint32_t sacked_segments) const noexcept;
  [[nodiscard]] bool learned() const noexcept { return total_ >= kEnough; }
  /// The share `q` of late originals came no later than this.
  [[nodiscard]] Nanos quantile(double q) const noexcept;

 private:
  // Half-octave buckets from 125 us: bucket b holds lateness below 125 us * 2^(b/2).
  static constexpr std::size_t kBuckets = 28;
  static constexpr std::uint32_t kEnough = 4;
  static constexpr std::uint32_t kMemory = 1024;  ///< Halve all counts here: old paths fade.

  std::array<std::uint16_t, kBuckets> counts_{};
  std::uint32_t total_{0};
  Nanos prior_{};
};

}  // namespace gimbal
