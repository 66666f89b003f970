#pragma once

#include <array>
#include <cstdint>

#include "packet/packet.h"
#include "pipeline/flow.h"
#include "shaper/repair.h"
#include "tcp/side.h"
#include "wire/build.h"
#include "wire/segment.h"

namespace gimbal {

/// What custody of `sender`'s data may do now; `room_packets` more may be cached of it.
[[nodiscard]] CustodyTerms custody_terms(const Flow& flow, Side sender,
                                         std::uint32_t room_packets) noexcept;

/// The pure acknowledgment `early` as its receiver would send it to `sender`.
[[nodiscard]] Segment early_ack_segment(const Flow& flow, Side sender,
                                        const EarlyAck& early) noexcept;

/// The resets that end the connection at both ends: to the sender, and to the receiver twice, since
/// which number it expects next is known only as between what it acknowledged and what it was sent
/// (RFC 5961 3.2: an exact match resets, one inside the window is answered, and the answer finds a
/// sender that is reset).
struct CustodyResets {
  Segment to_sender;
  std::array<Segment, 2> to_receiver;
};
[[nodiscard]] CustodyResets custody_resets(const Flow& flow, Side sender,
                                           const Repair::ResetPoint& point) noexcept;

/// Link addresses of a frame that goes where `data` goes, or back to where it came from.
[[nodiscard]] MacAddresses macs_along(const Packet& data) noexcept;
[[nodiscard]] MacAddresses macs_back(const Packet& data) noexcept;

}  // namespace gimbal
