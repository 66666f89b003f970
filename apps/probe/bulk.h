#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// Flows as fast as they go: for `seconds`, or until `total` bytes of each have arrived.
struct BulkPlan {
  SocketAddress server;
  bool upload{false};  ///< Client sends; otherwise the server does.
  double seconds{10};  ///< Ignored when `total` is given.
  std::uint64_t total{0};
  unsigned flows{1};
  bool verify{false};  ///< Compare every byte received.
  std::uint64_t seed{1};
  std::string congestion;  ///< Of the sending end.
  double limit{300};       ///< Seconds after which a transfer by `total` has failed.
};

/// The result: goodput_mbit over all flows, retransmitted, rtt_ms (mean of samples), verified,
/// complete, and per flow `sender` and `receiver` traces every 100 ms. The far end's trace comes
/// over a connection of its own once the flow has ended.
Result<nlohmann::json> run_bulk(const BulkPlan& plan);

}  // namespace gimbal::probe
