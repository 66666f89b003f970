#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "probe/event_loop.h"
#include "probe/role.h"

namespace gimbal::probe {

/// What the server answers on `address` beside TCP, each watching the loop on its own socket.
/// What a client
/// may fetch later goes into `reports`. `services.cc`: add a line there to add one.
Result<std::vector<std::unique_ptr<Watcher>>> make_services(EventLoop& loop,
                                                            const SocketAddress& address,
                                                            ReportStore& reports);

}  // namespace gimbal::probe
