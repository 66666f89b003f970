#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "control/backend.h"

namespace gimbal {

/// What one client may cost. A request beyond a cap is answered (431, 413, 503) and the connection
/// closed; a client too slow is closed without an answer.
struct ServerLimits {
  std::size_t header_bytes{8 * 1024};
  std::size_t body_bytes{256 * 1024};
  std::size_t connections{64};
  std::chrono::milliseconds header_timeout{5'000};  ///< From the first byte to the blank line.
  std::chrono::milliseconds body_timeout{10'000};
  std::chrono::milliseconds write_timeout{10'000};
  std::chrono::milliseconds idle_timeout{30'000};  ///< Between requests of one connection.
};

struct ServerOptions {
  std::string address{"127.0.0.1"};
  std::uint16_t port{0};  ///< 0 takes any free port (see Server::port()).
  ServerLimits limits;
  /// Called on the server's thread with one line per request that may change something.
  std::function<void(const std::string& line)> audit;
};

/// The REST server of a program: HTTP/1.1 on one thread of its own, off the packet path. All
/// signals are blocked in that thread, so the program's own handling is undisturbed.
///
///     auto server = Server::start(options, backend);
///     if (!server) return server.error();
///
/// The backend must outlive the server. Destroying the server closes every connection and joins
/// the thread; that takes no longer than the backend call under way.
class Server {
 public:
  /// Binds, listens and serves. An Error's `where` is "control.listen".
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Backend& backend);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation) noexcept;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gimbal
