#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/segment.h"

namespace gimbal {

/// What a frame turned out to be. Everything but `tcp` passes untouched and is counted by name.
enum class FrameKind : std::uint8_t {
  tcp,           ///< TCP over IPv4 or IPv6, with at most one 802.1Q tag, whole and well formed.
  not_ip,        ///< ARP, LLDP, STP, 802.3 length frames ...
  not_tcp,       ///< IP with another protocol: UDP, ICMP, ESP, GRE ...
  fragment,      ///< Any IP fragment, the first one too.
  ip_extension,  ///< TCP behind IPv4 options; IPv6 with extension headers, whatever is behind.
  vlan_stack,    ///< Two tags or more.
  malformed,     ///< Lengths that contradict each other, a frame cut short, IPv6 with IPv4-mapped
                 ///< addresses.
};
inline constexpr std::size_t kFrameKindCount = 7;
[[nodiscard]] std::string_view to_string(FrameKind kind) noexcept;

/// Reads one Ethernet frame. `segment` is written only when the answer is `FrameKind::tcp`.
/// Accepts any bytes; never reads outside `frame`; does not verify checksums (see checksum.h).
[[nodiscard]] FrameKind parse_frame(std::span<const std::byte> frame, Segment& segment) noexcept;

}  // namespace gimbal
