#pragma once

#include <cstdint>
#include <memory>

#include "base/seq32.h"
#include "base/time.h"
#include "packet/packet.h"

namespace gimbal {

/// A data segment held back, linked twice: in a heap by sequence number and in a list by arrival.
struct HeldSegment {
  Packet packet{};
  Instant arrived{};
  Seq32 seq;
  Seq32 end;
  std::uint32_t left{0};
  std::uint32_t right{0};
  std::uint32_t older{0};
  std::uint32_t newer{0};
};

/// The slots of a worker for held segments, shared by its half-flows. Allocates at construction
/// only.
class HoldSlots {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  explicit HoldSlots(std::uint32_t slots)
      : capacity_{slots}, slots_{std::make_unique<HeldSegment[]>(slots)} {
    for (std::uint32_t i = 0; i < slots; ++i) slots_[i].left = i + 1 < slots ? i + 1 : kNone;
    free_ = slots == 0 ? kNone : 0;
  }

  /// kNone when all are in use.
  [[nodiscard]] std::uint32_t take() noexcept {
    const std::uint32_t index = free_;
    if (index == kNone) return kNone;
    free_ = slots_[index].left;
    ++in_use_;
    return index;
  }
  void give_back(std::uint32_t index) noexcept {
    slots_[index].left = free_;
    free_ = index;
    --in_use_;
  }
  [[nodiscard]] HeldSegment& at(std::uint32_t index) noexcept { return slots_[index]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::uint32_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return capacity_ * sizeof(HeldSegment); }

 private:
  std::uint32_t capacity_;
  std::uint32_t in_use_{0};
  std::uint32_t free_{kNone};
  std::unique_ptr<HeldSegment[]> slots_;
};

}  // namespace gimbal
