#pragma once

#include <cstddef>

#include "probe/call_pool.h"
#include "probe/event_loop.h"

namespace gimbal::probe {

/// Opens `connections` of a pool, many at a time; connection i has the slots from i * `stride` on.
/// Fails with the first that is refused or takes longer than 10 s, and beforehand when the process
/// may not open as many files.
Result<bool> open_connections(EventLoop& loop, CallPool& pool, const SocketAddress& server,
                              std::size_t connections, std::uint32_t stride, ProgressLog& progress);

}  // namespace gimbal::probe
