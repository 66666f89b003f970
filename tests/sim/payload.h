#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gimbal::sim {

/// What a stream carries: byte n depends on n alone, so any copy of it can be checked anywhere. The
/// period is prime, so a segment shifted by any multiple of a segment size does not look right.
inline constexpr std::size_t kPatternPeriod = 65'521;

/// The pattern twice, so that a slice never wraps.
[[nodiscard]] inline const std::array<std::byte, 2 * kPatternPeriod>& pattern() {
  static const auto table = [] {
    std::array<std::byte, 2 * kPatternPeriod> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto n = static_cast<std::uint32_t>(i % kPatternPeriod);
      bytes[i] = static_cast<std::byte>((n * 2'654'435'761U) >> 24);
    }
    return bytes;
  }();
  return table;
}

/// The `length` bytes of the stream from `offset` on. `length` at most the period.
[[nodiscard]] inline std::span<const std::byte> stream_bytes(std::uint64_t offset,
                                                             std::size_t length) {
  return std::span{pattern()}.subspan(static_cast<std::size_t>(offset % kPatternPeriod), length);
}

[[nodiscard]] inline bool is_stream_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  return std::ranges::equal(bytes, stream_bytes(offset, bytes.size()));
}

}  // namespace gimbal::sim
