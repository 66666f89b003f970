#pragma once

#include <unordered_map>
#include <vector>

#include "probe/event_loop.h"
#include "probe/exchange.h"
#include "probe/http2_session.h"

namespace gimbal::probe {

/// A client's HTTP/2 connection, which carries several exchanges at once, each on its own stream.
class Http2Connection final : public Watcher, private Http2Listener {
 public:
  enum class State : std::uint8_t { closed, connecting, open };

  /// Exchanges are told to `listener` under the slots [first_slot, first_slot + streams).
  Http2Connection(EventLoop& loop, ExchangeListener& listener, std::uint32_t first_slot,
                  unsigned streams, std::string congestion);
  ~Http2Connection() override;

  Result<bool> open(const SocketAddress& server);
  void begin(std::uint32_t slot, const Exchange& exchange, Clock::time_point now);
  void abandon(std::uint32_t slot);
  void advance(std::uint32_t events, Clock::time_point now) override;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool busy(std::uint32_t slot) const noexcept {
    return carried_[slot - first_slot_].stream >= 0;
  }
  [[nodiscard]] int failure() const noexcept { return failure_; }
  [[nodiscard]] bool was_open() const noexcept { return was_open_; }
  /// Streams opened, over all connections there were.
  [[nodiscard]] std::uint64_t streams_opened() const noexcept;
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept;

 private:
  struct Carried {
    std::int32_t stream{-1};
    GrpcBody upload;
    GrpcBody answer;
    bool upload_right{false};
  };

  void on_header(std::int32_t stream, std::string_view name, std::string_view value) override;
  void on_data(std::int32_t stream, std::span<const std::byte> data) override;
  void on_end(std::int32_t) override {}
  void on_close(std::int32_t stream) override;
  GrpcBody* body(std::int32_t stream) override;
  std::string_view trailer(std::int32_t) override { return {}; }

  Carried* find(std::int32_t stream) noexcept;
  void tell_ended(Clock::time_point now);
  void close(int failure) noexcept;

  EventLoop& loop_;
  ExchangeListener& listener_;
  std::uint32_t first_slot_;
  std::string congestion_;
  Fd fd_;
  EventLoop::Id id_{0};
  State state_{State::closed};
  int failure_{0};
  bool was_open_{false};
  std::unique_ptr<Http2Session> session_;
  std::vector<Carried> carried_;  ///< By slot.
  std::unordered_map<std::int32_t, std::size_t> by_stream_;
  /// Told after libnghttp2 has returned: whoever hears of an end begins the next exchange.
  std::vector<std::pair<std::uint32_t, Outcome>> ended_;
  std::uint64_t earlier_opened_{0};  ///< Over connections that ended.
  std::uint64_t earlier_sent_{0};
  std::uint64_t earlier_received_{0};
};

}  // namespace gimbal::probe
