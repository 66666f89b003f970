#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "flow/slab.h"

namespace gimbal {

/// Hands out the indexes 0..capacity-1 and takes them back, the last given first: what was used
/// last is still in the cache. Knows which are out, and finds them in order.
class IndexPool {
 public:
  explicit IndexPool(std::uint32_t capacity)
      : free_{capacity}, used_{(std::size_t{capacity} + 63) / 64} {
    for (std::uint32_t i = 0; i < capacity; ++i) free_[i] = capacity - 1 - i;
  }

  /// There must be one left: size() < capacity().
  [[nodiscard]] std::uint32_t take() noexcept {
    const std::uint32_t index = free_[capacity() - 1 - size_++];
    used_[index / 64] |= std::uint64_t{1} << (index % 64);
    return index;
  }
  /// `index` must be in use.
  void give(std::uint32_t index) noexcept {
    used_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    free_[capacity() - size_--] = index;
  }

  [[nodiscard]] bool is_used(std::uint32_t index) const noexcept {
    return (used_[index / 64] >> (index % 64) & 1) != 0;
  }
  /// The first index in use at or after `cursor`; capacity() when there is none.
  [[nodiscard]] std::uint32_t next_used(std::uint32_t cursor) const noexcept {
    if (cursor >= capacity()) return capacity();
    std::size_t word = cursor / 64;
    std::uint64_t bits = used_[word] >> (cursor % 64) << (cursor % 64);
    while (bits == 0) {
      if (++word == used_.size()) return capacity();
      bits = used_[word];
    }
    const auto offset = static_cast<std::uint32_t>(std::countr_zero(bits));
    return static_cast<std::uint32_t>(word * 64) + offset;
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept {
    return static_cast<std::uint32_t>(free_.size());
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return free_.bytes() + used_.bytes(); }

 private:
  Slab<std::uint32_t> free_;  ///< A stack; the indexes not in use are at its bottom.
  Slab<std::uint64_t> used_;  ///< One bit per index.
  std::uint32_t size_{0};
};

}  // namespace gimbal
