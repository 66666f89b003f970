#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/flow.h"
#include "shaper/window_plan.h"
#include "wire/segment.h"

namespace gimbal {

/// The window field to show `sender` in an acknowledgment that comes while no engine keeps its
/// edge, before data has begun: at most kOpeningWindow ahead, or the edge would be out of the
/// engine's reach for ever (docs/adr/0040). Remembers in `flow` what is shown; one worker.
[[nodiscard]] inline std::uint16_t show_opening_window(Flow& flow, Side sender,
                                                       const Segment& segment,
                                                       bool repairs) noexcept {
  const HalfFlow& half = flow.conversation.half(sender);
  if (!half.scale_known) return segment.window;
  const std::size_t side = index(sender);
  // A SYN offers 64 kB at most.
  Seq32& shown = flow.shown_edges[side];
  if (!flow.edge_shown[side]) shown = half.isn + 1 + UINT16_MAX;
  flow.edge_shown[side] = true;
  const bool steers = repairs && flow.treatment.actuators.has(Actuator::window) &&
                      half.sack_permitted && segment.window > 0;
  const std::uint16_t window =
      steers ? plan_window({segment.ack, segment.window, half.window_scale, shown},
                           segment.ack + kOpeningWindow)
             : segment.window;
  shown = max(shown, segment.ack + (static_cast<std::uint32_t>(window) << half.window_scale));
  return window;
}

}  // namespace gimbal
