#include "flow/timer_wheel.h"

#include <bit>

#include "base/check.h"

namespace gimbal {

namespace {

/// The last tick eight digits can name. In nanoseconds that is 292 years.
constexpr std::uint64_t kLastTick = (std::uint64_t{1} << 48) - 1;

/// Rounded up, so that the tick is never before the deadline.
std::uint64_t ceil_tick(Instant deadline) noexcept {
  if (deadline.ns() <= 0) return 0;
  const auto tick_ns = static_cast<std::uint64_t>(TimerWheel::kTick.count());
  const std::uint64_t tick = (static_cast<std::uint64_t>(deadline.ns()) + tick_ns - 1) / tick_ns;
  return tick < kLastTick ? tick : kLastTick;
}

}  // namespace

TimerWheel::TimerWheel(std::uint32_t capacity) : nodes_{capacity} {
  GIMBAL_CHECK(capacity < kHeadFlag);
  for (std::uint32_t i = 0; i < kHeadCount; ++i) heads_[i] = Links{i | kHeadFlag, i | kHeadFlag};
}

void TimerWheel::schedule(std::uint32_t index, Instant deadline) noexcept {
  if (deadline == Instant::never()) return cancel(index);
  Node& node = nodes_[index];
  const std::uint64_t tick = ceil_tick(deadline);
  const bool only_later = node.next != kNone && tick >= node.tick;
  if (!only_later) cancel(index);
  node.tick = tick;
  if (only_later) return;
  if (tick <= tick_) {
    append(kDue, index);
  } else {
    place(index);
  }
}

void TimerWheel::cancel(std::uint32_t index) noexcept {
  Node& node = nodes_[index];
  if (node.next == kNone) return;
  links(node.prev).next = node.next;
  links(node.next).prev = node.prev;
  // Its neighbours are one and the same only if that is the head: the list is empty now.
  if (node.next == node.prev && (node.next & kHeadFlag) != 0) {
    const std::uint32_t head = node.next ^ kHeadFlag;
    if (head < kDue) {
      occupied_[head / kSlotsPerLevel] &= ~(std::uint64_t{1} << (head % kSlotsPerLevel));
    }
  }
  node.next = node.prev = kNone;
}

void TimerWheel::place(std::uint32_t index) noexcept {
  const std::uint64_t tick = nodes_[index].tick;
  const auto highest = static_cast<unsigned>(std::bit_width((tick ^ tick_) | 1)) - 1;
  const unsigned level = highest / kDigitBits;
  const auto digit = static_cast<std::uint32_t>(tick >> (level * kDigitBits)) % kSlotsPerLevel;
  occupied_[level] |= std::uint64_t{1} << digit;
  append(level * kSlotsPerLevel + digit, index);
}

void TimerWheel::append(std::uint32_t head, std::uint32_t index) noexcept {
  Links& list = heads_[head];
  Node& node = nodes_[index];
  node.next = head | kHeadFlag;
  node.prev = list.prev;
  links(list.prev).next = index;
  list.prev = index;
}

TimerWheel::Slot TimerWheel::earliest() const noexcept {
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    // Timers of a level share all higher digits with the present, so lower levels come first and
    // within a level the lowest slot does.
    const auto digit = static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
    const unsigned shift = level * kDigitBits;
    const std::uint64_t above = tick_ >> (shift + kDigitBits) << (shift + kDigitBits);
    return {level * kSlotsPerLevel + digit, above | std::uint64_t{digit} << shift};
  }
  return {};
}

Instant TimerWheel::next_deadline() const noexcept {
  std::uint64_t tick = tick_;
  if (heads_[kDue].next == (kDue | kHeadFlag)) {
    const Slot slot = earliest();
    if (slot.head == kNone) return Instant::never();
    tick = slot.tick;
  }
  return Instant{static_cast<std::int64_t>(tick) * kTick.count()};
}

void TimerWheel::take(std::uint32_t head) noexcept {
  occupied_[head / kSlotsPerLevel] &= ~(std::uint64_t{1} << (head % kSlotsPerLevel));
  splice(head, kFiring);
}

void TimerWheel::splice(std::uint32_t from, std::uint32_t to) noexcept {
  Links& source = heads_[from];
  if (source.next == (from | kHeadFlag)) return;
  links(source.next).prev = to | kHeadFlag;
  links(source.prev).next = to | kHeadFlag;
  heads_[to] = source;
  source = Links{from | kHeadFlag, from | kHeadFlag};
}

void TimerWheel::redistribute() noexcept {
  while (heads_[kFiring].next != (kFiring | kHeadFlag)) {
    const std::uint32_t index = heads_[kFiring].next;
    cancel(index);
    place(index);
  }
}

}  // namespace gimbal
