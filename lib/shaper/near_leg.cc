#include "shaper/near_leg.h"

#include <tuple>

namespace gimbal {

void NearLeg::on_shown(std::uint32_t ts_value, Seq32 ack, Instant now) noexcept {
  if (loop_start_ != Instant::never() && ack >= loop_end_) {
    const Nanos took = now - loop_start_;
    loop_ = loop_ == Nanos{} ? took : loop_ + (took - loop_) / 8;
    loop_start_ = Instant::never();
  }
  if (head_ != tail_) {
    const Shown& newest = shown_[(tail_ - 1) % kRing];
    // The first acknowledgment of a tick is the one the echo answers; and ticks of a microsecond
    // would fill the ring in a fraction of the round trip.
    if (static_cast<std::int32_t>(ts_value - newest.ts_value) <= 0) return;
    if (now - newest.at < path_.smoothed() / (kRing * 3 / 4)) return;
  }
  if (tail_ - head_ == kRing) ++head_;
  shown_[tail_++ % kRing] = {ts_value, now};
}

bool NearLeg::on_data(std::uint32_t ts_echo, Seq32 end, Instant now) noexcept {
  while (head_ != tail_) {
    const Shown& oldest = shown_[head_ % kRing];
    const auto ahead = static_cast<std::int32_t>(ts_echo - oldest.ts_value);
    if (ahead < 0) return false;
    ++head_;
    if (ahead > 0) continue;
    if (loop_start_ == Instant::never()) {
      loop_start_ = oldest.at;
      loop_end_ = end;
    }
    if (!path_.add(now - oldest.at, now)) return false;
    std::ignore = pattern_.close_round(path_.raised());
    return true;
  }
  return false;
}

bool NearLeg::congested(std::uint32_t missing_now, bool ruled, Instant now) const noexcept {
  if (marked_at_ + path_.smoothed() * 8 > now) return true;
  return (path_.raised() && !(ruled && pattern_.stray())) || pattern_.would_burst(missing_now);
}

}  // namespace gimbal
