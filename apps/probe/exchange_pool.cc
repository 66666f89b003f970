#include "probe/exchange_pool.h"

#include "probe/opening.h"

namespace gimbal::probe {
ExchangePool::ExchangePool(EventLoop& loop, ExchangeListener& listener, const SocketAddress& server,
                           unsigned connections, const std::string& congestion)
    : loop_{loop}, server_{server} {
  for (std::uint32_t slot = 0; slot < connections; ++slot)
    connections_.push_back(std::make_unique<ExchangeConnection>(loop, listener, slot, congestion));
}

Result<bool> ExchangePool::open_all(ProgressLog& progress) {
  return open_connections(loop_, *this, server_, connections_.size(), 1, progress);
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

bool ExchangePool::refused(std::uint32_t slot) const noexcept {
  return state(slot) == SlotState::closed && !connections_[slot]->was_open();
}

Error ExchangePool::failure(std::uint32_t slot) const {
  const ExchangeConnection& connection = *connections_[slot];
  return connection.was_open() ? connection_ended(server_, connection.failure())
                               : connect_failure(server_, connection.failure());
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

void ExchangePool::describe(RunResult& result) const { result.parameters["transport"] = "plain"; }

}  // namespace gimbal::probe
