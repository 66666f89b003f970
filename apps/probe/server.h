#pragma once

#include "base/result.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// Answers the probe's requests on `address` in one epoll loop until SIGTERM or SIGINT. Prints
/// `ready` on standard error once it listens.
Result<bool> run_server(const SocketAddress& address);

}  // namespace gimbal::probe
