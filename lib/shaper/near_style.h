#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "base/time.h"

namespace gimbal {

/// Tells a sender that paces itself (BBR) from one that its acknowledgments clock, from behind the
/// path its data took. Arrivals say little there; when each segment was sent is in its TSval. While
/// the pipe is not full the one kind sends each window in a burst as short as the part of the pipe
/// it fills (half a round trip at most; one that its stack paces at two windows a round trip, while
/// that window doubles, takes ln 2 of it), the other spreads it over nearly all of one, for its
/// pace follows what was delivered a round trip before. That the pipe was not full shows when a
/// later round trip brings half as much again. Jitter that reorders, and what we do to a sender
/// once it recovers, spread acknowledgments so far that all senders look alike: only a flow's first
/// round trips tell. Under jitter that keeps the order acknowledgments come in clumps, and who is
/// clocked by them sends in clumps whatever the pipe.
class NearStyle {
 public:
  /// What data sent now says of its sender.
  enum class Tells : std::uint8_t {
    all,      ///< Nothing was late or missing yet.
    pace,     ///< A first loss is answered by the sender alone.
    nothing,  ///< Whether the pipe was full before, at most.
  };
  /// New data, stamped `ts_value`; `rtt` of the leg.
  void on_data(std::uint32_t ts_value, Nanos rtt, Tells tells, Instant now) noexcept {
    if (first_at_ == Instant::never()) {
      first_at_ = now;
      first_ts_ = ts_value;
    }
    if (paced_ || over_ || rtt < kShortestRtt || now - first_at_ < rtt) return;
    if (!open_) return open(ts_value, rtt, now);
    const auto ticks = static_cast<std::int32_t>(ts_value - origin_);
    if (ticks < 0) return;
    const int slot = static_cast<int>(std::min(ticks / ticks_per_slot_, 2.0 * kSlots));
    if (slot >= 2 * kSlots) return open(ts_value, rtt, now);
    if (slot >= kSlots) turn();
    tells_ = std::max(tells_, tells);
    slots_ |= 1U << static_cast<unsigned>(slot % kSlots);
    ++segments_;
  }
  /// It sends by its own clock.
  [[nodiscard]] bool paced() const noexcept { return paced_; }
  /// It sends what an acknowledgment lets go at once. Told by whole round trips, grown or not.
  [[nodiscard]] bool bursts() const noexcept {
    return !paced_ && clumped_ >= kClumped && clumped_ >= 4 * spread_;
  }

 private:
  static constexpr Nanos kShortestRtt = Nanos::millis(16);
  static constexpr std::int32_t kSlots = 16;  ///< Of a round trip on the sender's clock.
  /// Slots with data in two round trips. Real senders on real paths of 40 ms: BBR 29 to 32, CUBIC
  /// and Reno that TCP paces 18 to 26.
  static constexpr int kSpreadTwice = 29;
  static constexpr int kBurst = 6;
  static constexpr std::uint32_t kDense = 16;  ///< Segments; below, even pacing leaves slots empty.
  static constexpr double kGrowing = 1.5;
  static constexpr double kUncut = 0.9;  ///< Of what the round trip before brought.
  static constexpr std::uint8_t kVotes = 2;
  static constexpr std::uint8_t kClumped = 3;
  static constexpr std::uint8_t kMost = 100;

  void open(std::uint32_t ts_value, Nanos rtt, Instant now) noexcept {
    const double ticks = static_cast<double>(static_cast<std::int32_t>(ts_value - first_ts_));
    const double slot = ticks / (now - first_at_).to_seconds() * rtt.to_seconds() / kSlots;
    ticks_per_slot_ = std::max(slot, 1.0);
    origin_ = ts_value;
    slots_ = segments_ = last_ = 0;
    open_ = true;
  }
  /// A round trip is over. Those before it have shown their sender if this one brought more: the
  /// pipe was not full then.
  void turn() noexcept {
    const auto filled = static_cast<std::uint8_t>(std::popcount(slots_));
    for (Round& round : unproven_) {
      if (!round.waits() || segments_ < kGrowing * round.segments) continue;
      weigh(std::exchange(round, Round{}).filled);
    }
    if (segments_ >= kDense && tells_ == Tells::all) {
      std::uint8_t& kind = filled <= kBurst ? clumped_ : spread_;
      kind = static_cast<std::uint8_t>(std::min<int>(kind + 1, kMost));
    }
    // A start that ended before anything was lost leaves a window that is paced like all others.
    if (tells_ == Tells::all && last_ >= kDense && segments_ < kGrowing * last_) starting_ = false;
    // Nor does a window that was just cut tell: its stack paces it as tightly as it allows.
    if (segments_ < kUncut * last_) starting_ = false;
    const bool shows = segments_ >= kDense && starting_ && tells_ != Tells::nothing;
    std::copy(unproven_.begin() + 1, unproven_.end(), unproven_.begin());
    unproven_.back() =
        shows ? Round{static_cast<std::uint16_t>(std::min(segments_, 0xffffU)), filled} : Round{};
    over_ = tells_ == Tells::nothing && std::ranges::none_of(unproven_, &Round::waits);
    last_ = segments_;
    slots_ = segments_ = 0;
    origin_ += static_cast<std::uint32_t>(std::min(ticks_per_slot_ * kSlots, 1e9));
  }
  void weigh(std::uint8_t filled) noexcept {
    if (burst_votes_ >= kVotes) return;
    paced_ = paced_ || proven_filled_ + filled >= kSpreadTwice;
    proven_filled_ = filled;
    if (filled <= kBurst) ++burst_votes_;
  }

  // A flow's state is memory times thousands.
  struct Round {
    std::uint16_t segments{0};  ///< Zero: none, or its sender is shown.
    std::uint8_t filled{0};     ///< Slots with data.
    [[nodiscard]] bool waits() const noexcept { return segments > 0; }
  };
  static_assert(sizeof(Round) == 4);
  std::array<Round, 6> unproven_{};  ///< The newest last.
  Instant first_at_{Instant::never()};
  std::uint32_t first_ts_{0};
  std::uint32_t origin_{0};
  double ticks_per_slot_{1};
  std::uint32_t slots_{0};  ///< One bit for each in which a segment was sent.
  std::uint32_t segments_{0};
  std::uint32_t last_{0};          ///< Segments of the round trip before.
  std::uint8_t proven_filled_{0};  ///< Of the last round trip that showed its sender.
  std::uint8_t burst_votes_{0};
  Tells tells_{Tells::all};
  std::uint8_t clumped_{0};  ///< Whole round trips sent in few slots, and in many.
  std::uint8_t spread_{0};
  bool open_{false};
  bool starting_{true};
  bool over_{false};  ///< No more is to be learned.
  bool paced_{false};
};

}  // namespace gimbal
