#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

#include "probe/socket.h"

namespace gimbal::probe {

/// Asks the server, over a connection of its own, for what it kept under `id`; again for two
/// seconds, because the server may not have seen the end yet. Null when it cannot be had.
nlohmann::json fetch_report(const SocketAddress& server, std::uint64_t id);

}  // namespace gimbal::probe
