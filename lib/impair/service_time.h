#pragma once

#include <algorithm>
#include <cstdint>

#include "base/rate.h"
#include "base/time.h"

namespace gimbal::impair {

/// Times to serve frames one after the other at a rate, without drift: what one division leaves
/// over enters the next.
class ServiceTime {
 public:
  /// Time for the next `bytes`; zero for a zero rate.
  Nanos add(std::uint32_t bytes, BitRate rate) noexcept {
    if (rate.is_zero()) return Nanos{};
    const std::int64_t bps = rate.bits_per_second();
    // In parts: bits x ns/s of 2^32 bytes would overflow.
    constexpr std::int64_t kPart = 1 << 20;
    std::int64_t whole = 0;
    for (std::int64_t left = bytes; left > 0; left -= kPart) {
      const std::int64_t scaled = std::min(left, kPart) * 8'000'000'000 + remainder_;
      whole += scaled / bps;
      remainder_ = scaled % bps;
    }
    return Nanos{whole};
  }

 private:
  std::int64_t remainder_{0};
};

}  // namespace gimbal::impair
