#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// Retransmissions that filled a hole of the near leg and that the sender has not been told of: one
/// D-SACK is owed for each, once, with the acknowledgment that first reports its bytes.
class UndoLedger {
 public:
  static constexpr std::size_t kCapacity = 32;

  /// False when full: its sender will not take the reduction back.
  bool owe(SackBlock copy) noexcept {
    if (size_ == kCapacity) return false;
    owed_[size_++] = copy;
    return true;
  }
  /// The first owed that `ack` or one of `blocks` reports; it is then paid. `inside` gets the block
  /// that reports it when the cumulative number does not.
  [[nodiscard]] std::optional<SackBlock> pay(Seq32 ack, std::span<const SackBlock> blocks,
                                             std::optional<SackBlock>& inside) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      const SackBlock copy = owed_[i];
      inside.reset();
      if (copy.end > ack && !find_around(copy, blocks, inside)) continue;
      for (std::size_t j = i + 1; j < size_; ++j) owed_[j - 1] = owed_[j];
      --size_;
      return copy;
    }
    return std::nullopt;
  }
  void clear() noexcept { size_ = 0; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  static bool find_around(SackBlock copy, std::span<const SackBlock> blocks,
                          std::optional<SackBlock>& inside) noexcept {
    for (const SackBlock& block : blocks) {
      if (!(block.start <= copy.start && copy.end <= block.end)) continue;
      inside = block;
      return true;
    }
    return false;
  }

  std::array<SackBlock, kCapacity> owed_{};
  std::size_t size_{0};
};

}  // namespace gimbal
