#include "sim/scoreboard.h"

#include <algorithm>

namespace gimbal::sim {

Outstanding& Scoreboard::append(std::uint32_t length, bool fin, Instant now) {
  Outstanding& segment = segments_.emplace_back();
  segment.range = {next_, next_ + length};
  segment.fin = fin;
  next_ += length;
  touch(segment, now);
  return segment;
}

void Scoreboard::mark_sent_again(Outstanding& segment, Instant now) {
  if (!segment.resent) ++resent_;
  segment.resent = segment.ever_resent = true;
  to_resend_.erase(segment.range.start);
  touch(segment, now);
}

void Scoreboard::mark_lost(Outstanding& segment) {
  if (segment.sacked) return;
  if (!segment.lost || segment.resent) ++loss_marks_;
  if (segment.resent) {
    segment.resent = false;
    --resent_;
  }
  if (!segment.lost) {
    segment.lost = true;
    ++lost_;
  }
  to_resend_.insert(segment.range.start);
  if (segment.in_time_order) {
    by_time_.erase(segment.by_time);
    segment.in_time_order = false;
  }
}

void Scoreboard::unmark_losses() {
  for (Outstanding& segment : segments_) segment.lost = false;
  lost_ = 0;
  to_resend_.clear();
}

bool Scoreboard::limit_duplicates() noexcept {
  const std::uint32_t holes = std::min(std::max(lost_, 1U), packets());
  if (sacked_ + holes <= packets()) return false;
  sacked_ = packets() - holes;
  return true;
}

bool Scoreboard::count_duplicate() noexcept {
  ++sacked_;
  ++delivered_;
  return !limit_duplicates();
}

bool Scoreboard::settle_duplicates(Delivery& news) noexcept {
  const std::uint32_t fresh = news.acked > sacked_ ? news.acked - sacked_ : 1U;
  delivered_ -= news.acked - fresh;
  news.delivered = fresh;
  sacked_ -= std::min(news.acked - 1, sacked_);
  return limit_duplicates();
}

Outstanding* Scoreboard::next_lost() {
  if (to_resend_.empty()) return nullptr;
  const auto it = find(*to_resend_.begin());
  return it == segments_.end() ? nullptr : &*it;
}

std::deque<Outstanding>::iterator Scoreboard::find(std::uint64_t offset) {
  return std::lower_bound(
      segments_.begin(), segments_.end(), offset,
      [](const Outstanding& segment, std::uint64_t at) { return segment.range.end <= at; });
}

void Scoreboard::forget(Outstanding& segment) {
  if (segment.in_time_order) by_time_.erase(segment.by_time);
}

void Scoreboard::touch(Outstanding& segment, Instant now) {
  if (segment.in_time_order) by_time_.erase(segment.by_time);
  // Strictly increasing, as if each took a moment to send: RACK orders transmissions by it.
  last_sent_ = segment.sent = max(now, last_sent_ + Nanos{1});
  segment.delivered = delivered_;
  segment.by_time = by_time_.insert(by_time_.end(), &segment);
  segment.in_time_order = true;
}

}  // namespace gimbal::sim
