#include "shaper/gap_list.h"

#include <algorithm>

namespace gimbal {

std::size_t GapList::first_ending_after(Seq32 seq) const noexcept {
  const auto* found = std::partition_point(gaps_.data() + first_, gaps_.data() + last_,
                                           [seq](const Gap& gap) { return gap.end <= seq; });
  return static_cast<std::size_t>(found - gaps_.data());
}

/// Makes the slot at last_ usable; false when a gap had to go for it.
bool GapList::make_room() noexcept {
  if (last_ < kCapacity) return true;
  const bool full = first_ == 0;
  if (full) ++first_;
  std::copy(gaps_.begin() + first_, gaps_.begin() + last_, gaps_.begin());
  last_ -= first_;
  first_ = 0;
  return !full;
}

void GapList::erase(std::size_t from, std::size_t to) noexcept {
  if (from == to) return;
  if (from == first_) {
    first_ = static_cast<std::uint32_t>(to);
    return;
  }
  std::copy(gaps_.data() + to, gaps_.data() + last_, gaps_.data() + from);
  last_ -= static_cast<std::uint32_t>(to - from);
}

bool GapList::open(const Gap& gap) noexcept {
  const bool kept_all = make_room();
  gaps_[last_++] = gap;
  return kept_all;
}

std::optional<Gap> GapList::fill(Seq32 start, Seq32 end) noexcept {
  std::size_t at = first_ending_after(start);
  if (at == last_ || gaps_[at].start >= end) return std::nullopt;
  const Gap touched = gaps_[at];
  if (touched.start < start && end < touched.end) {
    // It lay in the middle: the gap splits. With no room for two the upper part is forgotten.
    if (size() == kCapacity) {
      gaps_[at].end = start;
      return touched;
    }
    const std::size_t from_last = last_ - at;
    make_room();
    at = last_ - from_last;
    std::copy_backward(gaps_.data() + at, gaps_.data() + last_, gaps_.data() + last_ + 1);
    ++last_;
    gaps_[at].end = start;
    gaps_[at + 1].start = end;
    return touched;
  }
  if (gaps_[at].start < start) gaps_[at++].end = start;
  const std::size_t whole_from = at;
  while (at < last_ && gaps_[at].end <= end) ++at;
  if (at < last_ && gaps_[at].start < end) gaps_[at].start = end;
  erase(whole_from, at);
  return touched;
}

void GapList::forget_below(Seq32 una) noexcept {
  while (first_ < last_ && gaps_[first_].end <= una) ++first_;
  if (first_ < last_ && gaps_[first_].start < una) gaps_[first_].start = una;
}

std::uint32_t GapList::missing_between(Instant from, Instant to) const noexcept {
  std::uint32_t sum = 0;
  for (std::size_t i = first_; i < last_; ++i)
    if (from <= gaps_[i].revealed_at && gaps_[i].revealed_at < to)
      sum += static_cast<std::uint32_t>(gaps_[i].end - gaps_[i].start);
  return sum;
}

}  // namespace gimbal
