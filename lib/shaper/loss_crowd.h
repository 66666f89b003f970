#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace gimbal {

/// Tells the losses of a full queue from stray ones by their company, where the floor cannot:
/// jitter that keeps the order lifts the floor as far as half a queue does. A queue that overflows
/// drops several segments of one round trip and then none for seconds; stray loss takes its even
/// share. The share is learned from rounds clipped to what chance would bring, so that crowds do
/// not pass for the path's habit (docs/adr/0041).
class LossCrowd {
 public:
  void add(std::uint32_t delivered, std::uint32_t lost) noexcept {
    if (closing_) fold();
    delivered_ += delivered;
    lost_ += lost;
  }
  /// Lost segments taken back: they came after all.
  void forgive(std::uint32_t segments) noexcept { lost_ -= std::min(lost_, segments); }
  /// A round closed; it is counted once its last losses have been judged, before the next are
  /// added.
  void close_round() noexcept { closing_ = true; }
  /// The losses so far were answered for.
  void close_event() noexcept { lost_ = 0; }
  /// This round lost more than chance brings once in ten thousand rounds.
  /// `run`: how many are lost in a row, in the mean.
  [[nodiscard]] bool present(float run) const noexcept {
    const auto segments = static_cast<float>(std::max(delivered_, last_delivered_) + lost_);
    const float expected = segments * share();
    return static_cast<float>(lost_) > expected + 4 * std::sqrt(expected * (2 * run - 1)) + run;
  }
  /// Stray losses per segment.
  [[nodiscard]] float share() const noexcept { return (strays_ + 1) / (segments_ + kDoubt); }
  /// Hardly any is lost but by queues: each that is tells of one.
  [[nodiscard]] bool rare() const noexcept { return share() < kRare; }

 private:
  void fold() noexcept {
    const auto segments = static_cast<float>(delivered_ + lost_);
    strays_ += std::min(static_cast<float>(lost_), 1 + 2 * segments * share());
    segments_ += segments;
    if (segments_ > kMemory) {
      strays_ /= 2;
      segments_ /= 2;
    }
    last_delivered_ = delivered_;
    delivered_ = lost_ = 0;
    closing_ = false;
  }
  static constexpr float kRare = 0.0004F;  ///< Known after 2,300 segments without any.
  static constexpr float kDoubt = 256;     ///< Segments that are too few to know a share by.
  static constexpr float kMemory = 16384;  ///< Segments.

  float strays_{0};
  float segments_{0};
  std::uint32_t delivered_{0};
  std::uint32_t lost_{0};
  std::uint32_t last_delivered_{0};
  bool closing_{false};
};

}  // namespace gimbal
