#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// Parallel reads that gate one step: a small request on every connection, an answer of `bytes` on
/// each, and the round ends with the last answer.
struct BarrierPlan {
  SocketAddress server;
  unsigned reads{100};
  std::uint64_t bytes{4000};
  unsigned rounds{300};
  std::string congestion;  ///< Of both ends.
};

/// Keeps the connections over all rounds, as an inference client does. The result holds the
/// percentiles of the round time and every round's time (`rounds_ms`). Fails when a connection
/// breaks or a round takes longer than 30 s.
Result<nlohmann::json> run_barrier(const BarrierPlan& plan);

}  // namespace gimbal::probe
