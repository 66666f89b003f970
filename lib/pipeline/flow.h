#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "flow/flow_key.h"
#include "packet/packet.h"
#include "policy/policy.h"
#include "tcp/conversation.h"

namespace gimbal {

/// One TCP connection in a worker's table. worker: rw, nobody else. The engines, which are large,
/// come from a pool when data moves and go back when it has rested.
struct Flow {
  static constexpr std::uint32_t kNoEngine = 0xffff'ffff;

  FlowKey key{};
  std::uint32_t hash{0};
  std::array<std::uint32_t, kSideCount> engines{kNoEngine, kNoEngine};  ///< By sender of the data.
  std::array<std::uint32_t, kSideCount> upstreams{kNoEngine, kNoEngine};  ///< Likewise.
  /// Highest right edge each sender of data has been shown, while no engine keeps it.
  std::array<Seq32, kSideCount> shown_edges{};
  Instant timer_at{Instant::never()};
  std::uint32_t policy_generation{0};
  Treatment treatment{};
  PortId client_port{PortId::lan};  ///< The cable the client's packets arrive on.
  bool client_is_low{true};         ///< Which end of the key is the client.
  bool proven{false};               ///< Handshake completed: not counted among the unproven.
  std::array<bool, kSideCount> edge_shown{};  ///< Whether `shown_edges` is known.
  Conversation conversation{};
};

// House rule: a million idle flows in 1 GB, table and timer included (docs/operations.md).
static_assert(sizeof(Flow) <= 768);

}  // namespace gimbal
