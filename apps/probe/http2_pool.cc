#include "probe/http2_pool.h"

#include "probe/opening.h"

namespace gimbal::probe {

Http2Pool::Http2Pool(EventLoop& loop, ExchangeListener& listener, const SocketAddress& server,
                     unsigned connections, unsigned streams, const std::string& congestion)
    : loop_{loop}, server_{server}, streams_{streams} {
  for (std::uint32_t i = 0; i < connections; ++i)
    connections_.push_back(
        std::make_unique<Http2Connection>(loop, listener, i * streams, streams, congestion));
}

Result<bool> Http2Pool::open_all(ProgressLog& progress) {
  return open_connections(loop_, *this, server_, connections_.size(), streams_, progress);
}

std::uint32_t Http2Pool::slots() const noexcept {
  return static_cast<std::uint32_t>(connections_.size()) * streams_;
}

CallPool::SlotState Http2Pool::state(std::uint32_t slot) const noexcept {
  const Http2Connection& connection = of(slot);
  if (connection.state() == Http2Connection::State::closed) return SlotState::closed;
  if (connection.state() == Http2Connection::State::connecting) return SlotState::opening;
  return connection.busy(slot) ? SlotState::busy : SlotState::idle;
}

void Http2Pool::begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point now) {
  of(slot).begin(slot, exchange, now);
}

void Http2Pool::abandon(std::uint32_t slot) { of(slot).abandon(slot); }

Result<bool> Http2Pool::reopen(std::uint32_t slot) { return of(slot).open(server_); }

bool Http2Pool::refused(std::uint32_t slot) const noexcept {
  return of(slot).state() == Http2Connection::State::closed && !of(slot).was_open();
}

Error Http2Pool::failure(std::uint32_t slot) const {
  return of(slot).was_open() ? connection_ended(server_, of(slot).failure())
                             : connect_failure(server_, of(slot).failure());
}

std::uint64_t Http2Pool::bytes_sent() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& connection : connections_) sum += connection->bytes_sent();
  return sum;
}

std::uint64_t Http2Pool::bytes_received() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& connection : connections_) sum += connection->bytes_received();
  return sum;
}

void Http2Pool::describe(RunResult& result) const {
  result.parameters["transport"] = "http2";
  result.parameters["streams"] = streams_;
  std::uint64_t opened = 0;
  for (const auto& connection : connections_) opened += connection->streams_opened();
  result.counters["http2_streams"] = opened;
}

}  // namespace gimbal::probe
