#pragma once

#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "probe/event_loop.h"
#include "probe/session.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// Answers the probe's requests in one event loop. `run` belongs to one thread; `stop` may be
/// called from any.
class Server final : private Watcher {
 public:
  /// Listens on `address` (port 0: any free one). Fails when it cannot be bound.
  static Result<std::unique_ptr<Server>> open(const SocketAddress& address);

  /// The address with the port in force.
  [[nodiscard]] const SocketAddress& address() const noexcept { return address_; }
  /// Until `stop`, SIGTERM or SIGINT.
  void run();
  void stop() noexcept { loop_.stop(); }

 private:
  Server(Fd listener, const SocketAddress& address);
  void advance(std::uint32_t events, Clock::time_point now) override;
  enum class Accepted : std::uint8_t { one, none, full };
  Accepted accept_one();

  EventLoop loop_;
  Fd listener_;
  SocketAddress address_;
  EventLoop::Id id_;
  ReportStore reports_;
  std::unordered_map<int, std::unique_ptr<Session>> sessions_;
  /// Beside the TCP sessions, on the same address; see `services.h`.
  std::vector<std::unique_ptr<Watcher>> services_;
  bool told_full_{false};
};

/// A server on a thread of its own, for client and server in one process. Stops when destroyed.
class LocalServer {
 public:
  static Result<std::unique_ptr<LocalServer>> start(const SocketAddress& address);
  ~LocalServer();
  [[nodiscard]] const SocketAddress& address() const noexcept { return server_->address(); }

 private:
  explicit LocalServer(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace gimbal::probe
