#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gimbal::impair {

enum class Tunnel : std::uint8_t { none, gtp, vxlan };

/// Where things lie in a frame, as far as the emulator needs: enough to name a flow, choose a class
/// and edit bytes. Not a validation: lengths in headers are not believed beyond the frame.
struct FrameOutline {
  std::uint8_t ip_version{0};  ///< 4, 6; 0: not IP, and then only the tag below is meant.
  std::uint8_t protocol{0};
  std::uint8_t traffic_class{0};  ///< DSCP and ECN.
  bool tagged{false};
  std::uint16_t vlan{0};
  bool has_ports{false};  ///< Whole TCP or UDP ports, not in a fragment.
  Tunnel tunnel{Tunnel::none};
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint32_t tunnel_id{0};  ///< TEID or VNI.
  std::uint32_t ip_at{0};
  std::uint32_t transport_at{0};  ///< Meant with `has_ports` only.
  std::uint32_t end_at{0};        ///< End of the IP packet; Ethernet padding lies beyond.

  [[nodiscard]] std::span<const std::byte> source(std::span<const std::byte> frame) const noexcept {
    return ip_version == 4 ? frame.subspan(ip_at + 12, 4) : frame.subspan(ip_at + 8, 16);
  }
  [[nodiscard]] std::span<const std::byte> destination(
      std::span<const std::byte> frame) const noexcept {
    return ip_version == 4 ? frame.subspan(ip_at + 16, 4) : frame.subspan(ip_at + 24, 16);
  }
  /// Whether the sender understands ECN (RFC 3168 5): either codepoint of a capable transport, or
  /// CE.
  [[nodiscard]] bool ecn_capable() const noexcept {
    return ip_version != 0 && (traffic_class & 3) != 0;
  }
};

/// Reads IPv4 and IPv6 behind up to two VLAN tags, TCP and UDP ports, GTP-U (3GPP TS 29.281 5.1)
/// and VXLAN (RFC 7348 5) ids. Accepts any bytes.
[[nodiscard]] FrameOutline parse_outline(std::span<const std::byte> frame) noexcept;

}  // namespace gimbal::impair
