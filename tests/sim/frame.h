#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "wire/segment.h"

namespace gimbal::sim {

/// A frame in flight in the simulator: its own bytes, from the Ethernet header on.
using Frame = std::vector<std::byte>;
/// Where a model end, link or box puts the frames it sends.
using Sink = std::function<void(Frame)>;

/// The bytes of one segment, checksums written. `segment` gives addresses, numbers, flags, window
/// and options; `payload` is carried after them.
[[nodiscard]] Frame encode(const Segment& segment, std::span<const std::byte> payload);

/// The meaning of a frame that is a whole TCP segment with a right checksum; nothing otherwise.
[[nodiscard]] std::optional<Segment> decode(const Frame& frame);

/// The payload a decoded frame carries.
[[nodiscard]] inline std::span<const std::byte> payload_of(const Frame& frame,
                                                           const Segment& segment) {
  return std::span{frame}.subspan(segment.payload_offset, segment.payload_length);
}

}  // namespace gimbal::sim
