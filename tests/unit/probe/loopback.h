#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "probe/server.h"
#include "probe/workload.h"

namespace gimbal::probe {

inline SocketAddress address_of(const std::string& text) { return parse_address(text).value(); }

/// Runs a workload of the table with command-line options, against `server`.
Result<RunResult> run_against(const SocketAddress& server, const std::string& workload,
                              const std::string& options);

/// The same against a server of its own on the loopback.
Result<RunResult> run_local(const std::string& workload, const std::string& options,
                            const std::string& address = "127.0.0.1:0");

/// A server that does as `behave` says with its listener, on a thread; then it is gone.
class OddServer {
 public:
  explicit OddServer(std::function<void(Fd listener)> behave) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const SocketAddress any = address_of("127.0.0.1:0");
    ::bind(fd, reinterpret_cast<const sockaddr*>(&any.storage), any.length);
    ::listen(fd, 64);
    address_ = local_address(fd);
    thread_ = std::thread{[behave = std::move(behave), fd] { behave(Fd{fd}); }};
  }
  ~OddServer() { thread_.join(); }
  [[nodiscard]] const SocketAddress& address() const noexcept { return address_; }

 private:
  SocketAddress address_;
  std::thread thread_;
};

}  // namespace gimbal::probe
