#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Watches a sender that was left alone because it paces itself (`SenderStyle`), and what becomes
/// of it when it is helped after all. Two wrongs are righted here. One that falls to less than half
/// of its rate and stays there, on a path that loses segments without a queue, takes those losses
/// for congestion: it was taken for another, and is taken up again for good. And one that had more
/// while it was left alone than with help is given back.
class LeftAlone {
 public:
  void begin(std::uint64_t delivered, Instant now) noexcept {
    *this = LeftAlone{};
    restart(delivered, now);
  }
  /// A round closed, with `delivered` bytes in all so far. `queued`: the floor stands above its
  /// base; `stray`: this path loses segments without a queue.
  void close_round(std::uint64_t delivered, bool queued, bool stray, Instant now) noexcept {
    if (now <= start_) return;
    const float rate = rate_since(delivered, now);
    restart(delivered, now);
    if (rounds_ < kKnown) ++rounds_;
    mean_ += (rate - mean_) / static_cast<float>(std::min(rounds_, kMeanRounds));
    if (rounds_ == kKnown) best_ = std::max(best_, mean_);
    const bool fallen = rate * 2 < best_ && !queued && stray;
    if (!fallen) {
      low_rounds_ = 0;
    } else if (low_rounds_ < kRounds) {
      regretted_ = ++low_rounds_ == kRounds;
    }
  }
  [[nodiscard]] bool regretted() const noexcept { return regretted_; }
  /// What it does alone is known well enough to tell whether help helps.
  [[nodiscard]] bool known() const noexcept { return rounds_ == kKnown && low_blocks_ < kBlocks; }
  void begin_help(std::uint64_t delivered, Instant now) noexcept {
    restart(delivered, now);
    helped_rounds_ = low_blocks_ = 0;
  }
  /// A round closed while it was helped: true when it is to be given back, for good.
  [[nodiscard]] bool close_helped_round(std::uint64_t delivered, Instant now) noexcept {
    if (++helped_rounds_ < kBlockRounds || now <= start_) return false;
    const bool low = rate_since(delivered, now) < kWorse * mean_;
    restart(delivered, now);
    helped_rounds_ = 0;
    low_blocks_ = low ? static_cast<std::uint8_t>(low_blocks_ + 1) : std::uint8_t{0};
    return low_blocks_ == kBlocks;
  }

 private:
  static constexpr std::uint8_t kRounds = 16;  ///< BBR slows down for less: PROBE_RTT lasts 200 ms.
  static constexpr std::uint8_t kKnown = 32;   ///< Its start-up included.
  static constexpr std::uint8_t kMeanRounds = 16;
  static constexpr std::uint8_t kBlockRounds = 8;
  static constexpr std::uint8_t kBlocks = 3;  ///< More than PROBE_RTT can spoil.
  static constexpr float kWorse = 0.97F;

  [[nodiscard]] float rate_since(std::uint64_t delivered, Instant now) const noexcept {
    return static_cast<float>(static_cast<double>(delivered - delivered_) /
                              (now - start_).to_seconds());
  }
  void restart(std::uint64_t delivered, Instant now) noexcept {
    start_ = now;
    delivered_ = delivered;
  }

  Instant start_{};
  std::uint64_t delivered_{0};
  float mean_{0};  ///< Bytes per second, over some sixteen rounds,
  float best_{0};  ///< and the most of it so far.
  std::uint8_t low_rounds_{0};
  std::uint8_t rounds_{0};
  std::uint8_t helped_rounds_{0};
  std::uint8_t low_blocks_{0};
  bool regretted_{false};
};

}  // namespace gimbal
