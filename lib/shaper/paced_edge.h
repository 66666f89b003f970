#pragma once

#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// The right edge of a sender's window, moved on at a steady pace. Jitter that keeps the order
/// brings data in clumps; an edge that leaps with each would have the next flight sent as one, and
/// the queue of the path overflow where its mean is short.
class PacedEdge {
 public:
  /// Time goes on; the edge is at most `limit`. Credit for time spent there is not kept.
  void advance(Seq32 limit, double bytes_per_second, Instant now) noexcept {
    if (at_ == Instant::never()) edge_ = limit;
    const double credit = at_ < now ? (now - at_).to_seconds() * bytes_per_second : 0.0;
    at_ = now;
    if (edge_ >= limit) return;
    const auto room = static_cast<std::uint32_t>(limit - edge_);
    edge_ = credit < room ? edge_ + static_cast<std::uint32_t>(credit) : limit;
  }
  [[nodiscard]] Seq32 edge() const noexcept { return edge_; }
  [[nodiscard]] bool moves(Seq32 limit) const noexcept { return edge_ < limit; }

 private:
  Instant at_{Instant::never()};
  Seq32 edge_;
};

}  // namespace gimbal
