#include "tcp/record_arena.h"

#include <bit>

#include "base/check.h"

namespace gimbal {

RecordArena::RecordArena(std::uint32_t records)
    : capacity_{std::bit_ceil(records < kMinBlock ? kMinBlock : records)},
      records_{std::make_unique<Record[]>(capacity_)},
      nodes_{std::make_unique<Node[]>(capacity_ / kMinBlock)} {
  free_.fill(kNoBlock);
  push(0, static_cast<std::uint32_t>(std::countr_zero(capacity_)));
}

std::size_t RecordArena::bytes() const noexcept {
  return capacity_ * sizeof(Record) + capacity_ / kMinBlock * sizeof(Node);
}

void RecordArena::push(std::uint32_t block, std::uint32_t order) noexcept {
  Node& node = nodes_[block / kMinBlock];
  node = Node{free_[order], kNoBlock, static_cast<std::uint8_t>(order), true};
  if (node.next != kNoBlock) nodes_[node.next / kMinBlock].previous = block;
  free_[order] = block;
}

void RecordArena::unlink(std::uint32_t block, std::uint32_t order) noexcept {
  Node& node = nodes_[block / kMinBlock];
  if (node.previous == kNoBlock) {
    free_[order] = node.next;
  } else {
    nodes_[node.previous / kMinBlock].next = node.next;
  }
  if (node.next != kNoBlock) nodes_[node.next / kMinBlock].previous = node.previous;
  node.free_head = false;
}

std::uint32_t RecordArena::allocate(std::uint32_t order) noexcept {
  GIMBAL_CHECK(order >= kMinOrder);
  std::uint32_t found = order;
  while (found < free_.size() && free_[found] == kNoBlock) ++found;
  if (found == free_.size()) return kNoBlock;
  const std::uint32_t block = free_[found];
  unlink(block, found);
  // Split down: the upper halves go back to their lists.
  while (found > order) {
    --found;
    push(block + (1U << found), found);
  }
  in_use_ += 1U << order;
  return block;
}

void RecordArena::release(std::uint32_t block, std::uint32_t order) noexcept {
  in_use_ -= 1U << order;
  // Merge with the buddy as long as it is free and whole.
  while ((1U << order) < capacity_) {
    const std::uint32_t buddy = block ^ (1U << order);
    const Node& node = nodes_[buddy / kMinBlock];
    if (!node.free_head || node.order != order) break;
    unlink(buddy, order);
    block = block < buddy ? block : buddy;
    ++order;
  }
  push(block, order);
}

}  // namespace gimbal
