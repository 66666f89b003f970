#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "flow/slab.h"

namespace gimbal {

/// One timer for each index 0..capacity-1, usually a flow's index in its table. All memory is taken
/// at construction (16 bytes per index); one thread owns it. Instants must not be negative.
///
/// A radix wheel: the deadline in ticks is a number of eight digits of six bits; a timer waits in
/// the slot of its highest digit that differs from the present, and moves down when time reaches
/// that slot. So it reaches as far as Instant does, and the earliest slot is the first bit set in
/// the first map that is not zero. A timer put off stays where it is, and is put where it belongs
/// when its old time comes: most timers are moved with every packet and few ever fire.
class TimerWheel {
 public:
  /// Resolution: a timer fires never before its deadline, and in the first `advance` that is at
  /// least one tick past it, if not before.
  static constexpr Nanos kTick{std::int64_t{1} << 15};

  explicit TimerWheel(std::uint32_t capacity);

  /// Sets or moves the timer of `index`. A deadline already past fires at the next `advance`;
  /// Instant::never() cancels.
  void schedule(std::uint32_t index, Instant deadline) noexcept;
  /// Nothing happens when it is not scheduled.
  void cancel(std::uint32_t index) noexcept;
  [[nodiscard]] bool is_scheduled(std::uint32_t index) const noexcept {
    return nodes_[index].next != kNone;
  }

  /// Calls `fire(index)` for every timer due at `now`, earlier ticks first. `fire` may schedule and
  /// cancel any timer, its own too, but not call `advance`; a timer it always sets into the past
  /// waits for the next call, so this returns. `now` must not go back.
  template <class Fire>
  void advance(Instant now, Fire&& fire) {
    const std::uint64_t target = floor_tick(now);
    splice(kDue, kFiring);
    drain(fire);
    while (true) {
      const Slot slot = earliest();
      if (slot.head == kNone || slot.tick > target) break;
      tick_ = slot.tick;
      take(slot.head);
      if (slot.head < kSlotsPerLevel) {
        drain(fire);
      } else {
        redistribute();
      }
    }
    if (target > tick_) tick_ = target;
  }

  /// Nothing fires before this; `never` when nothing is scheduled. It may be early, by less
  /// each time: a sleeper calls `advance` then and asks again, at most kLevels times a timer.
  [[nodiscard]] Instant next_deadline() const noexcept;

  [[nodiscard]] std::uint32_t capacity() const noexcept {
    return static_cast<std::uint32_t>(nodes_.size());
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return nodes_.bytes() + sizeof(*this); }

 private:
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kLevels = 8;
  static constexpr std::uint32_t kSlotsPerLevel = 1U << kDigitBits;
  static constexpr std::uint32_t kNone = UINT32_MAX;
  // Lists beside the slots: timers set into the past, and those being fired or moved down.
  static constexpr std::uint32_t kDue = kLevels * kSlotsPerLevel;
  static constexpr std::uint32_t kFiring = kDue + 1;
  static constexpr std::uint32_t kHeadCount = kFiring + 1;
  /// Marks a link that points to a list's head instead of to a timer.
  static constexpr std::uint32_t kHeadFlag = 1U << 31;

  struct Links {
    std::uint32_t next{kNone};
    std::uint32_t prev{kNone};
  };
  struct Node : Links {
    std::uint64_t tick{0};
  };
  struct Slot {
    std::uint32_t head{kNone};
    std::uint64_t tick{0};
  };

  static std::uint64_t floor_tick(Instant now) noexcept {
    return static_cast<std::uint64_t>(now.ns()) / static_cast<std::uint64_t>(kTick.count());
  }
  [[nodiscard]] Links& links(std::uint32_t id) noexcept {
    return (id & kHeadFlag) != 0 ? heads_[id ^ kHeadFlag] : nodes_[id];
  }
  template <class Fire>
  void drain(Fire& fire) {
    while (heads_[kFiring].next != (kFiring | kHeadFlag)) {
      const std::uint32_t index = heads_[kFiring].next;
      cancel(index);
      if (nodes_[index].tick > tick_) {
        place(index);
      } else {
        fire(index);
      }
    }
  }
  [[nodiscard]] Slot earliest() const noexcept;
  void place(std::uint32_t index) noexcept;
  void append(std::uint32_t head, std::uint32_t index) noexcept;
  void take(std::uint32_t head) noexcept;
  void splice(std::uint32_t from, std::uint32_t to) noexcept;
  void redistribute() noexcept;

  std::uint64_t tick_{0};  ///< All slots up to this one have been emptied.
  std::array<std::uint64_t, kLevels> occupied_{};
  std::array<Links, kHeadCount> heads_{};
  Slab<Node> nodes_;
};

}  // namespace gimbal
