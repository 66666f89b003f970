#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "tcp/record.h"

namespace gimbal {

/// Blocks of records for the rings of flights: a buddy allocator over one array sized at start-up.
/// Blocks are powers of two, from kMinBlock records. One worker owns an arena.
class RecordArena {
 public:
  static constexpr std::uint32_t kMinOrder = 4;
  static constexpr std::uint32_t kMinBlock = 1U << kMinOrder;
  static constexpr std::uint32_t kMaxOrders = 20;
  static constexpr std::uint32_t kNoBlock = 0xffff'ffff;

  /// Room for at least `records` records (rounded up to a power of two). Allocates; start-up only.
  explicit RecordArena(std::uint32_t records);

  /// First index of a free block of `1 << order` records, or kNoBlock when none is left.
  [[nodiscard]] std::uint32_t allocate(std::uint32_t order) noexcept;
  void release(std::uint32_t block, std::uint32_t order) noexcept;

  [[nodiscard]] Record* at(std::uint32_t index) noexcept { return &records_[index]; }
  [[nodiscard]] const Record* at(std::uint32_t index) const noexcept { return &records_[index]; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::uint32_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  void push(std::uint32_t block, std::uint32_t order) noexcept;
  void unlink(std::uint32_t block, std::uint32_t order) noexcept;

  /// Per smallest block: list links while free, and the order it heads. `kAllocated` otherwise.
  struct Node {
    std::uint32_t next{kNoBlock};
    std::uint32_t previous{kNoBlock};
    std::uint8_t order{0};
    bool free_head{false};
  };

  std::uint32_t capacity_;
  std::uint32_t in_use_{0};
  std::unique_ptr<Record[]> records_;
  std::unique_ptr<Node[]> nodes_;
  std::array<std::uint32_t, kMaxOrders + kMinOrder + 1> free_{};
};

}  // namespace gimbal
