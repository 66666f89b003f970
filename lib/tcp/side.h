#pragma once

#include <cstddef>
#include <cstdint>

namespace gimbal {

/// The two ends of a connection. `client` sent the first SYN; for a flow first seen from the middle
/// it is the side of the first packet seen.
enum class Side : std::uint8_t { client = 0, server = 1 };
inline constexpr std::size_t kSideCount = 2;

[[nodiscard]] constexpr Side opposite(Side side) noexcept {
  return side == Side::client ? Side::server : Side::client;
}
[[nodiscard]] constexpr std::size_t index(Side side) noexcept {
  return static_cast<std::size_t>(side);
}

}  // namespace gimbal
