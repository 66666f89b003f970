#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "impair/frame_outline.h"

namespace gimbal::impair {

/// Which packets a class means: all that is given must hold. Of a tunnel, the outer addresses and
/// ports count.
struct TrafficMatch {
  std::uint8_t ip_version{0};  ///< 4 or 6 with a prefix, else 0.
  std::uint8_t prefix_bits{0};
  std::array<std::byte, 16> prefix{};    ///< Of the source or the destination.
  std::optional<std::uint16_t> port;     ///< Of TCP or UDP, source or destination.
  std::optional<std::uint8_t> protocol;  ///< IPv4 protocol, IPv6 next header.
  std::optional<std::uint8_t> dscp;      ///< 0 to 63.
  std::optional<std::uint16_t> vlan;     ///< Outermost tag.
  std::optional<std::uint32_t> teid;     ///< GTP-U.
  std::optional<std::uint32_t> vni;      ///< VXLAN.
};

/// True when `frame`, of which `outline` speaks, is one of those `match` means.
[[nodiscard]] bool matches(const TrafficMatch& match, const FrameOutline& outline,
                           std::span<const std::byte> frame) noexcept;

/// True when the sender's address lies in the prefix of `match`, which has one.
[[nodiscard]] bool sends_from(const TrafficMatch& match, const FrameOutline& outline,
                              std::span<const std::byte> frame) noexcept;

}  // namespace gimbal::impair
