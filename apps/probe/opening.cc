#include "probe/opening.h"

#include <cerrno>
#include <deque>

namespace gimbal::probe {
namespace {

/// SYNs on their way at once: enough to hide the path's round trip, fewer than a server's backlog.
constexpr std::size_t kOpeningAtOnce = 256;
constexpr std::chrono::seconds kOpenLimit{10};

}  // namespace

Result<bool> open_connections(EventLoop& loop, CallPool& pool, const SocketAddress& server,
                              std::size_t connections, std::uint32_t stride,
                              ProgressLog& progress) {
  if (auto reserved = reserve_descriptors(connections); !reserved) return reserved;
  std::deque<std::pair<std::uint32_t, Clock::time_point>> opening;  // Slots, and since when.
  std::uint32_t next = 0;
  while (next < connections || !opening.empty()) {
    const auto now = Clock::now();
    for (; next < connections && opening.size() < kOpeningAtOnce; ++next) {
      if (auto begun = pool.reopen(next * stride); !begun) return begun;
      opening.emplace_back(next * stride, now);
    }
    loop.turn(std::chrono::milliseconds{20});
    if (stop_requested()) return Error{"", "stopped while connecting"};
    std::erase_if(opening,
                  [&](const auto& o) { return pool.state(o.first) == CallPool::SlotState::idle; });
    for (const auto& [slot, since] : opening) {
      if (pool.state(slot) == CallPool::SlotState::closed) return pool.failure(slot);
      if (now - since > kOpenLimit) return connect_failure(server, ETIMEDOUT);
    }
    progress.show(now, "connections", next, static_cast<double>(connections));
  }
  return true;
}

}  // namespace gimbal::probe
