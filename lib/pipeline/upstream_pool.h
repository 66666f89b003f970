#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

#include "flow/index_pool.h"
#include "shaper/hold_slots.h"
#include "shaper/upstream.h"
#include "stats/counters.h"

namespace gimbal {

/// The near-leg engines of a worker and the slots for the data they hold. All memory is taken at
/// construction.
class UpstreamPool {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  UpstreamPool(std::uint32_t engines, std::uint32_t held, WorkerCounters& counters,
               const RepairLimits& limits)
      : indexes_{engines}, slots_{held}, counters_{&counters}, limits_{limits} {
    storage_ = std::make_unique<Storage[]>(engines);
  }

  /// kNone when all are in use.
  [[nodiscard]] std::uint32_t take() noexcept {
    if (indexes_.size() == indexes_.capacity()) return kNone;
    const std::uint32_t index = indexes_.take();
    ::new (static_cast<void*>(storage_[index].bytes)) Upstream{slots_, *counters_, limits_};
    return index;
  }
  /// The engine must hold nothing.
  void give_back(std::uint32_t index) noexcept { indexes_.give(index); }
  [[nodiscard]] Upstream& at(std::uint32_t index) noexcept {
    return *std::launder(reinterpret_cast<Upstream*>(storage_[index].bytes));
  }
  /// Packets held by all of them.
  [[nodiscard]] std::uint32_t held() const noexcept { return slots_.in_use(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return indexes_.bytes() + slots_.bytes() + indexes_.capacity() * sizeof(Storage);
  }

 private:
  static_assert(std::is_trivially_destructible_v<Upstream>);
  struct Storage {
    alignas(Upstream) std::byte bytes[sizeof(Upstream)];
  };
  IndexPool indexes_;
  HoldSlots slots_;
  WorkerCounters* counters_;
  RepairLimits limits_;
  std::unique_ptr<Storage[]> storage_;
};

}  // namespace gimbal
