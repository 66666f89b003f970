#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "flow/flow_key.h"
#include "packet/fate.h"
#include "packet/packet.h"
#include "pipeline/flow_directory.h"
#include "wire/frame.h"
#include "wire/segment.h"

namespace gimbal {

/// A received packet and what it was read as.
struct BurstItem {
  Packet packet;
  Segment segment;  ///< Meaningful for FrameKind::tcp, as are key, hash and reversed.
  FlowKey key;
  std::uint32_t hash{0};
  FrameKind kind{FrameKind::not_ip};
  bool reversed{false};
};

struct Burst {
  static constexpr std::size_t kCapacity = 64;
  std::array<BurstItem, kCapacity> items{};
};

/// Reads every frame of `packets` into `burst` and asks memory for the flows they will need: by the
/// time the first is followed, the last one's bucket is on its way.
void parse_burst(std::span<const Packet> packets, FlowDirectory& flows, Burst& burst) noexcept;

/// The fate of a frame that is not TCP we understand.
[[nodiscard]] Fate fate_of(FrameKind kind) noexcept;

}  // namespace gimbal
