#pragma once

#include <cstdint>

#include "base/seq32.h"

namespace gimbal {

/// What the receiver advertised in one ACK, and what was shown to the sender so far.
struct WindowFacts {
  Seq32 ack;
  std::uint16_t raw{0};   ///< Window field as received.
  std::uint8_t scale{0};  ///< Shift negotiated for it.
  Seq32 shown_edge;       ///< Highest right edge the sender has seen.
};

/// What a flow may take at once before its engine steers it: more than any sender's first flight,
/// and as much at most as must be sent before the engine's own window holds. A receiver that opens
/// with megabytes would put the edge out of reach for seconds, for it never retreats.
inline constexpr std::uint32_t kOpeningWindow = 256 * 1024;

/// The window field to show so that the sender may send up to `target_edge`: never beyond what the
/// receiver offers, never behind what was shown before (RFC 9293 3.8.6: a sender must be robust to
/// a shrinking window, but it should not be made to be). Rounded down to whole units of the scale
/// unless that would retreat.
[[nodiscard]] constexpr std::uint16_t plan_window(const WindowFacts& facts,
                                                  Seq32 target_edge) noexcept {
  const Seq32 real_edge = facts.ack + (static_cast<std::uint32_t>(facts.raw) << facts.scale);
  Seq32 edge = max(target_edge, facts.shown_edge);
  if (edge >= real_edge) return facts.raw;
  if (edge < facts.ack) edge = facts.ack;
  const auto wanted = static_cast<std::uint32_t>(edge - facts.ack);
  std::uint32_t units = wanted >> facts.scale;
  if (facts.ack + (units << facts.scale) < facts.shown_edge) ++units;
  if (units == 0) units = 1;
  return units < facts.raw ? static_cast<std::uint16_t>(units) : facts.raw;
}

}  // namespace gimbal
