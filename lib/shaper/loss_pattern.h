#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gimbal {

/// Tells an overflowing queue from stray loss by how many segments go at once. A queue too short to
/// raise the round-trip floor still shows itself: it loses a good part of a round trip, where this
/// path's usual loss takes its usual share.
class LossPattern {
 public:
  void add(std::uint32_t delivered, std::uint32_t lost) noexcept {
    delivered_ += delivered;
    lost_ += lost;
  }
  /// Lost segments taken back: they came after all.
  void forgive(std::uint32_t segments) noexcept { lost_ -= std::min(lost_, segments); }
  void close_round() noexcept {
    const auto segments = static_cast<double>(delivered_ + lost_);
    if (segments > 0 && !burst()) {
      const double weight = std::min(1.0, segments / kMemory);
      usual_ += weight * (static_cast<double>(lost_) / segments - usual_);
    }
    delivered_ = lost_ = 0;
  }
  /// This round lost far more than usual: four deviations of a binomial count, and then some, so
  /// that stray loss of 1 % is mistaken for it less than once in ten thousand rounds.
  [[nodiscard]] bool burst() const noexcept {
    if (delivered_ + lost_ < kFewest) return false;
    const double expected = static_cast<double>(delivered_ + lost_) * std::max(kLeast, usual_);
    return static_cast<double>(lost_) > expected + 4 * std::sqrt(expected) + 3;
  }
  [[nodiscard]] double usual() const noexcept { return usual_; }

 private:
  static constexpr std::uint32_t kFewest = 32;  ///< Segments; a first flight proves nothing.
  static constexpr double kLeast = 0.01;        ///< Share taken for usual before one is known.
  static constexpr double kMemory = 2048;  ///< Segments over which the usual share is smoothed.

  std::uint32_t delivered_{0};
  std::uint32_t lost_{0};
  double usual_{0};
};

}  // namespace gimbal
