#pragma once

#include <array>
#include <string>

#include "probe/block_pattern.h"
#include "probe/event_loop.h"
#include "probe/exchange.h"
#include "probe/protocol.h"

namespace gimbal::probe {

/// One connection of a client: carries exchanges one after another.
class ExchangeConnection final : public Watcher {
 public:
  enum class State : std::uint8_t { closed, connecting, idle, busy };

  /// `slot` is handed back to `listener`. `congestion` is for both ends' sockets.
  ExchangeConnection(EventLoop& loop, ExchangeListener& listener, std::uint32_t slot,
                     std::string congestion);
  ~ExchangeConnection() override;

  /// Begins to connect; `state()` becomes idle, or closed with `failure()`.
  Result<bool> open(const SocketAddress& server);
  /// Resets the connection; whoever waited on it is not told.
  void abort() noexcept;
  /// Only when idle.
  void begin(const Exchange& exchange, Clock::time_point now);
  void advance(std::uint32_t events, Clock::time_point now) override;

  [[nodiscard]] State state() const noexcept { return state_; }
  /// errno of why the connection ended; 0: the server closed it.
  [[nodiscard]] int failure() const noexcept { return failure_; }
  /// Whether the connection that ended had been established.
  [[nodiscard]] bool was_open() const noexcept { return was_open_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
  [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }

 private:
  /// False: the connection has ended.
  bool send_some();
  bool receive_some();
  bool take(std::span<const std::byte> in);
  void take_trailer(std::span<const std::byte> in);
  /// While idle nothing may come but the end of the connection.
  void note_end();
  void settle(Clock::time_point now);
  void close(int failure) noexcept;

  EventLoop& loop_;
  ExchangeListener& listener_;
  std::uint32_t slot_;
  std::string congestion_;
  Fd fd_;
  EventLoop::Id id_{0};
  State state_{State::closed};
  int failure_{0};
  bool was_open_{false};

  Exchange exchange_;
  BlockPattern pattern_;
  std::array<std::byte, Request::kSize> header_{};
  std::uint64_t sent_{0};      ///< Of header and upload.
  std::uint64_t received_{0};  ///< Of answer and trailer.
  std::uint32_t chunks_told_{0};
  bool wrong_{false};
  std::uint64_t bytes_sent_{0};
  std::uint64_t bytes_received_{0};
};

}  // namespace gimbal::probe
