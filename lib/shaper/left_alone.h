#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Watches a sender that was left alone because it seemed to pace itself (`SenderStyle`). One that
/// falls to less than half of its rate and stays there, on a path that loses segments without a
/// queue, takes those losses for congestion: it was taken for another, and is taken up again for
/// good.
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
    const auto rate = static_cast<float>(static_cast<double>(delivered - delivered_) /
                                         (now - start_).to_seconds());
    restart(delivered, now);
    best_ = std::max(best_, rate);
    const bool fallen = rate * 2 < best_ && !queued && stray;
    if (!fallen) {
      low_rounds_ = 0;
    } else if (low_rounds_ < kRounds) {
      regretted_ = ++low_rounds_ == kRounds;
    }
  }
  [[nodiscard]] bool regretted() const noexcept { return regretted_; }

 private:
  static constexpr std::uint8_t kRounds = 16;  ///< BBR slows down for less: PROBE_RTT lasts 200 ms.

  void restart(std::uint64_t delivered, Instant now) noexcept {
    start_ = now;
    delivered_ = delivered;
  }

  Instant start_{};
  std::uint64_t delivered_{0};
  float best_{0};  ///< Bytes per second, over a round.
  std::uint8_t low_rounds_{0};
  bool regretted_{false};
};

}  // namespace gimbal
