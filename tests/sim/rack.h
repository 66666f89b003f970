#pragma once

#include <cstdint>
#include <utility>

#include "base/time.h"
#include "sim/rtt_estimator.h"
#include "sim/scoreboard.h"

namespace gimbal::sim {

/// Loss detection by time (RFC 8985) with the reordering window of Linux: none before reordering
/// was seen and three segments are SACKed, else a quarter of the minimum RTT per step, at most the
/// smoothed RTT; a step more for each round trip that brings a D-SACK, kept for 16 recoveries.
class Rack {
 public:
  /// `segment` was newly delivered.
  void observe(const Outstanding& segment, Nanos min_rtt, Instant now) noexcept;
  /// A never-resent hole was filled this many segments below the highest SACK.
  void observe_reordering(std::uint32_t segments) noexcept;
  void observe_dsack() noexcept { dsack_ = dsack_ || reorder_seen_; }
  /// At the end of each ACK: at most one step per round trip.
  void settle(const Delivery& news, std::uint64_t delivered) noexcept;
  void recovery_ended() noexcept { keep_steps_ -= keep_steps_ > 0 ? 1 : 0; }

  [[nodiscard]] Nanos window(bool recovering, std::uint32_t sacked,
                             const RttEstimator& rtt) const noexcept;
  /// Marks what is lost by now; the time until the next may be, zero for none.
  [[nodiscard]] Nanos mark_losses(Scoreboard& board, Nanos window, Instant now);
  /// True once after news that may have made segments lost.
  [[nodiscard]] bool take_advanced() noexcept { return std::exchange(advanced_, false); }
  void look_again() noexcept { advanced_ = true; }

  [[nodiscard]] Nanos newest_rtt() const noexcept { return rtt_; }
  /// Segments of reordering the sender believes in (tp->reordering).
  [[nodiscard]] std::uint32_t reordering() const noexcept { return reordering_; }

 private:
  Instant sent_{};
  std::uint64_t end_{0};
  Nanos rtt_{};
  bool advanced_{false};
  bool dsack_{false};
  bool reorder_seen_{false};
  std::uint32_t reordering_{3};
  std::uint32_t steps_{1};
  int keep_steps_{0};
  std::uint64_t stepped_at_{0};
};

}  // namespace gimbal::sim
