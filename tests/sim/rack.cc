#include "sim/rack.h"

#include <algorithm>

namespace gimbal::sim {

void Rack::observe(const Outstanding& segment, Nanos min_rtt, Instant now) noexcept {
  const Nanos rtt = now - segment.sent;
  // A copy acknowledged sooner than any round trip: the ACK answers the original.
  if (segment.ever_resent && rtt < min_rtt) return;
  rtt_ = rtt;
  advanced_ = true;
  if (segment.sent > sent_ || (segment.sent == sent_ && segment.range.end > end_)) {
    sent_ = segment.sent;
    end_ = segment.range.end;
  }
}

void Rack::observe_reordering(std::uint32_t segments) noexcept {
  reordering_ = std::max(reordering_, std::min(segments, 300U));
  reorder_seen_ = true;
}

void Rack::settle(const Delivery& news, std::uint64_t delivered) noexcept {
  if (news.delivered == 0 || news.prior_delivered == 0) return;
  if (news.prior_delivered < stepped_at_) dsack_ = false;
  if (dsack_) {
    steps_ = std::min(255U, steps_ + 1);
    dsack_ = false;
    stepped_at_ = delivered;
    keep_steps_ = 16;
  } else if (keep_steps_ == 0) {
    steps_ = 1;
  }
}

Nanos Rack::window(bool recovering, std::uint32_t sacked, const RttEstimator& rtt) const noexcept {
  if (!reorder_seen_ && (recovering || sacked >= reordering_)) return Nanos{};
  if (rtt.minimum() == Nanos::max()) return Nanos{};
  return min(rtt.minimum() / 4 * steps_, rtt.smoothed());
}

Nanos Rack::mark_losses(Scoreboard& board, Nanos window, Instant now) {
  Nanos longest{};
  auto& order = board.by_time();
  for (auto it = order.begin(); it != order.end();) {
    Outstanding& segment = **it;
    const bool before = segment.sent < sent_ || (segment.sent == sent_ && segment.range.end < end_);
    if (!before) break;
    ++it;
    const Nanos left = rtt_ + window - (now - segment.sent);
    if (left <= Nanos{})
      board.mark_lost(segment);
    else
      longest = max(longest, left);
  }
  return longest;
}

}  // namespace gimbal::sim
