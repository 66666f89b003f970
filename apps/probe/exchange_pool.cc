#include "probe/exchange_pool.h"

#include <cerrno>
#include <cstring>
#include <deque>

namespace gimbal::probe {
namespace {

/// SYNs on their way at once: enough to hide the path's round trip, fewer than a server's backlog.
constexpr std::size_t kOpeningAtOnce = 256;
constexpr std::chrono::seconds kOpenLimit{10};

}  // namespace

ExchangePool::ExchangePool(EventLoop& loop, ExchangeListener& listener, const SocketAddress& server,
                           unsigned connections, const std::string& congestion)
    : loop_{loop}, server_{server} {
  for (std::uint32_t slot = 0; slot < connections; ++slot)
    connections_.push_back(std::make_unique<ExchangeConnection>(loop, listener, slot, congestion));
}

Result<bool> ExchangePool::open_all(ProgressLog& progress) {
  if (auto reserved = reserve_descriptors(connections_.size()); !reserved) return reserved;
  std::deque<std::pair<std::uint32_t, Clock::time_point>> opening;
  std::uint32_t next = 0;
  while (next < slots() || !opening.empty()) {
    const auto now = Clock::now();
    for (; next < slots() && opening.size() < kOpeningAtOnce; ++next) {
      if (auto begun = connections_[next]->open(server_); !begun) return begun;
      opening.emplace_back(next, now);
    }
    loop_.turn(std::chrono::milliseconds{20});
    if (stop_requested()) return Error{"", "stopped while connecting"};
    std::erase_if(opening, [&](const auto& o) { return state(o.first) == SlotState::idle; });
    for (const auto& [slot, since] : opening) {
      if (state(slot) == SlotState::closed) return failure(slot);
      if (now - since > kOpenLimit) return connect_failure(server_, ETIMEDOUT);
    }
    progress.show(now, "connections", next, slots());
  }
  return true;
}

std::uint32_t ExchangePool::slots() const noexcept {
  return static_cast<std::uint32_t>(connections_.size());
}

CallPool::SlotState ExchangePool::state(std::uint32_t slot) const noexcept {
  switch (connections_[slot]->state()) {
    case ExchangeConnection::State::idle:
      return SlotState::idle;
    case ExchangeConnection::State::busy:
      return SlotState::busy;
    case ExchangeConnection::State::connecting:
      return SlotState::opening;
    case ExchangeConnection::State::closed:
      break;
  }
  return SlotState::closed;
}

void ExchangePool::begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point now) {
  connections_[slot]->begin(exchange, now);
}

void ExchangePool::abandon(std::uint32_t slot) { connections_[slot]->abort(); }

Result<bool> ExchangePool::reopen(std::uint32_t slot) { return connections_[slot]->open(server_); }

Error ExchangePool::failure(std::uint32_t slot) const {
  const ExchangeConnection& connection = *connections_[slot];
  const int error = connection.failure();
  if (connection.was_open())
    return {to_text(server_), error == 0
                                  ? std::string{"the server closed the connection"}
                                  : std::string{"a connection broke: "} + std::strerror(error)};
  return connect_failure(server_, error);
}

std::uint64_t ExchangePool::bytes_sent() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& connection : connections_) sum += connection->bytes_sent();
  return sum;
}

std::uint64_t ExchangePool::bytes_received() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& connection : connections_) sum += connection->bytes_received();
  return sum;
}

}  // namespace gimbal::probe
