#pragma once

#include <cstdint>
#include <memory>
#include <new>

#include "shaper/repair.h"
#include "tcp/record_arena.h"

namespace gimbal {

/// The engines of a worker: taken when a half-flow starts to carry data, given back when it has
/// rested. All memory is taken at construction.
class EnginePool {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  EnginePool(std::uint32_t engines, RecordArena& arena, WorkerCounters& counters,
             const RepairLimits& limits)
      : capacity_{engines},
        arena_{&arena},
        counters_{&counters},
        limits_{limits},
        slots_{std::make_unique<Slot[]>(engines)} {
    for (std::uint32_t i = 0; i < engines; ++i)
      slots_[i].next_free = i + 1 < engines ? i + 1 : kNone;
    free_ = engines == 0 ? kNone : 0;
  }

  /// kNone when all are in use.
  [[nodiscard]] std::uint32_t take(std::uint32_t flow) noexcept {
    if (free_ == kNone) return kNone;
    const std::uint32_t index = free_;
    Slot& slot = slots_[index];
    free_ = slot.next_free;
    slot.flow = flow;
    ::new (static_cast<void*>(slot.storage)) Repair{*arena_, *counters_, limits_};
    return index;
  }
  /// The engine must be empty: its packets reclaimed, nothing pending.
  void give_back(std::uint32_t index) noexcept {
    slots_[index].flow = kNone;
    slots_[index].next_free = free_;
    free_ = index;
  }
  [[nodiscard]] Repair& at(std::uint32_t index) noexcept {
    return *std::launder(reinterpret_cast<Repair*>(slots_[index].storage));
  }
  /// The flow an engine serves; kNone when it is free.
  [[nodiscard]] std::uint32_t flow_of(std::uint32_t index) const noexcept {
    return slots_[index].flow;
  }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return capacity_ * sizeof(Slot); }

 private:
  static_assert(std::is_trivially_destructible_v<Repair>);
  struct Slot {
    alignas(Repair) std::byte storage[sizeof(Repair)];
    std::uint32_t flow{kNone};
    std::uint32_t next_free{kNone};
  };
  std::uint32_t capacity_;
  std::uint32_t free_{kNone};
  RecordArena* arena_;
  WorkerCounters* counters_;
  RepairLimits limits_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace gimbal
