#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "probe/pattern.h"

namespace gimbal::probe {

/// The content of a message: a fixed block of noise read from a place its seed chooses, round and
/// round. Sending needs no filling and checking is a memcmp, so that the probe's own work does not
/// stand in the latencies it measures. Bytes that are wrong, missing, doubled or of another message
/// are found; bytes displaced by exactly one block (128 KiB) are not: streams use `Pattern`.
class BlockPattern {
 public:
  static constexpr std::size_t kBlock = 128 * 1024;
  static constexpr std::size_t kPiece = 64 * 1024;  ///< The most `piece` gives at once.

  explicit BlockPattern(std::uint64_t seed = 0) noexcept
      : start_{((seed + 1) * 0x9e37'79b9'7f4a'7c15ULL) >> 47} {}

  /// The bytes of the message from `offset` on: `size` of them, at most `kPiece`.
  [[nodiscard]] std::span<const std::byte> piece(std::uint64_t offset,
                                                 std::uint64_t size) const noexcept {
    const std::size_t at = (start_ + offset) % kBlock;
    return std::span{noise()}.subspan(at, std::min<std::uint64_t>(size, kPiece));
  }

  /// Whether `in` is what belongs at `offset`.
  [[nodiscard]] bool matches(std::span<const std::byte> in, std::uint64_t offset) const noexcept {
    while (!in.empty()) {
      const auto expected = piece(offset, in.size());
      if (std::memcmp(in.data(), expected.data(), expected.size()) != 0) return false;
      in = in.subspan(expected.size());
      offset += expected.size();
    }
    return true;
  }

 private:
  /// The block, with its beginning repeated behind it so that a piece never wraps.
  static const std::array<std::byte, kBlock + kPiece>& noise() noexcept {
    static const auto made = [] {
      std::array<std::byte, kBlock + kPiece> block{};
      const std::span whole{block};
      Pattern{0}.fill(whole.first(kBlock), 0);
      std::copy_n(block.begin(), kPiece, block.begin() + kBlock);
      return block;
    }();
    return made;
  }

  std::size_t start_;
};

}  // namespace gimbal::probe
