#include "shaper/resequencer.h"

#include <utility>

namespace gimbal {

namespace {
constexpr std::uint32_t kNone = HoldSlots::kNone;
}

bool Resequencer::hold(Seq32 seq, Seq32 end, const Packet& packet, Instant now) noexcept {
  const std::uint32_t index = slots_->take();
  if (index == kNone) return false;
  slots_->at(index) = {packet, now, seq, end, kNone, kNone, newest_, kNone};
  if (newest_ == kNone) {
    oldest_ = index;
  } else {
    slots_->at(newest_).newer = index;
  }
  newest_ = index;
  root_ = merge(root_, index);
  ++size_;
  return true;
}

/// Skew heap: the smaller root stays, its children change places. No balance is kept, yet a row of
/// n operations costs O(n log n).
std::uint32_t Resequencer::merge(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint32_t root = kNone;
  std::uint32_t* link = &root;
  while (a != kNone && b != kNone) {
    if (slots_->at(b).seq < slots_->at(a).seq) std::swap(a, b);
    HeldSegment& top = slots_->at(a);
    *link = a;
    a = std::exchange(top.right, top.left);
    link = &top.left;
  }
  *link = a == kNone ? b : a;
  return root;
}

Resequencer::Release Resequencer::pop() noexcept {
  const std::uint32_t index = root_;
  const HeldSegment held = slots_->at(index);
  root_ = merge(held.left, held.right);
  (held.older == kNone ? oldest_ : slots_->at(held.older).newer) = held.newer;
  (held.newer == kNone ? newest_ : slots_->at(held.newer).older) = held.older;
  slots_->give_back(index);
  --size_;
  const bool gave_up = held.seq > next_;
  next_ = max(next_, held.end);
  return {held.packet, gave_up};
}

std::optional<Resequencer::Release> Resequencer::release(Nanos window, Instant now) noexcept {
  if (deadline(window) > now) return std::nullopt;
  return pop();
}

std::optional<Resequencer::Release> Resequencer::flush() noexcept {
  if (empty()) return std::nullopt;
  return pop();
}

Instant Resequencer::deadline(Nanos window) const noexcept {
  if (empty()) return Instant::never();
  if (slots_->at(root_).seq <= next_) return Instant{INT64_MIN};
  // All that is held lies beyond the gap: the first of it to come revealed it.
  return slots_->at(oldest_).arrived + window;
}

}  // namespace gimbal
