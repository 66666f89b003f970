#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "probe/event_loop.h"

namespace gimbal::probe {

/// What the server answers on `address` beside TCP, each watching the loop on its own socket.
/// `services.cc`: add a line there to add one.
Result<std::vector<std::unique_ptr<Watcher>>> make_services(EventLoop& loop,
                                                            const SocketAddress& address);

}  // namespace gimbal::probe
