#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/segment.h"

namespace gimbal {

/// An Ethernet address in transmission order.
using MacAddress = std::array<std::uint8_t, 6>;

struct MacAddresses {
  MacAddress destination{0x02, 0, 0, 0, 0, 0x02};
  MacAddress source{0x02, 0, 0, 0, 0, 0x01};
};

/// Room that is always enough for the headers `build_segment_frame` writes: Ethernet, one tag,
/// IPv6, TCP with 40 bytes of options.
inline constexpr std::size_t kMaxBuiltHeader = 14 + 4 + 40 + 60;

/// Writes the whole frame `meaning` describes, with valid IP and TCP checksums, and returns its
/// length; 0 when it does not fit `out` or IP. `parse_frame` reads the same meaning back.
///
/// - IPv4 when both addresses are IPv4-mapped, else IPv6. Tagged when `meaning.vlan` is not 0.
/// - The payload is `payload`, lengthened with zeros to `meaning.payload_length` if that is more:
///   a simulator that cares only for lengths passes an empty span.
/// - Offsets in `meaning` are ignored. Options are laid out as Linux does (MSS, SACK permitted,
///   timestamps, window scale, SACK); SACK blocks that do not fit 40 bytes are left out.
///   `untouchable` writes an empty MPTCP option; `malformed` is ignored.
/// - Short frames are not padded to the Ethernet minimum.
[[nodiscard]] std::size_t build_segment_frame(std::span<std::byte> out, const Segment& meaning,
                                              const MacAddresses& macs = {},
                                              std::span<const std::byte> payload = {}) noexcept;

}  // namespace gimbal
