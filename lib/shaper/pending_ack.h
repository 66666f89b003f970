#pragma once

#include "base/time.h"
#include "packet/packet.h"
#include "wire/segment.h"

namespace gimbal {

/// The ACK held back: the newest one not yet shown. One is enough: it carries the highest
/// cumulative acknowledgment, and SACK blocks newest first (RFC 2018 section 4).
struct PendingAck {
  Packet packet{};
  Segment segment{};
  Instant release_at{Instant::never()};
  bool advances{false};  ///< Thinned, not withheld: leaves with its SACK blocks hidden.
  [[nodiscard]] bool held() const noexcept { return packet.handle != nullptr; }
};

}  // namespace gimbal
