#include "control/server.h"

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "control/api.h"
#include "control/session.h"

namespace gimbal {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// Blocks every signal in threads started while it lives: a signal meant for the program's own
/// loop must not be taken by the server's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerOptions options, Backend& backend)
      : options_{std::move(options)}, router_{make_api(backend)}, context_{router_, options_} {}

  ~Implementation() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  ErrorCode listen() {
    ErrorCode error;
    const auto address = asio::ip::make_address(options_.address, error);
    const tcp::endpoint endpoint{address, options_.port};
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    return error;
  }

  void run() {
    accept();
    const SignalsBlocked blocked;
    thread_ = std::thread{[this] { serve(); }};
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  /// A handler that throws (memory) costs its connection, not the server.
  void serve() noexcept {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (...) {
      }
    }
  }

  void accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      admit(std::move(socket));
      accept();
    });
  }

  /// Out of descriptors, most likely: trying again at once would only spin.
  void accept_later() {
    timer_.expires_after(std::chrono::milliseconds{100});
    timer_.async_wait([this](ErrorCode error) {
      if (!error) accept();
    });
  }

  void admit(tcp::socket socket) {
    const auto cap = options_.limits.connections;
    const bool full = context_.served >= cap;
    if (full && context_.turned_away >= cap) return;  // Closed without a word.
    std::make_shared<Session>(std::move(socket), context_, full)->start();
  }

  ServerOptions options_;
  Router router_;
  SessionContext context_;
  asio::io_context io_{1};  // Destroyed before what its sessions refer to.
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  std::uint16_t port_{0};
  std::thread thread_;
};

Server::Server(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_{std::move(implementation)} {}

Server::~Server() = default;

std::uint16_t Server::port() const noexcept { return implementation_->port(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Backend& backend) {
  const auto where = options.address + ':' + std::to_string(options.port);
  auto implementation = std::make_unique<Implementation>(std::move(options), backend);
  if (const auto error = implementation->listen())
    return Error{"control.listen",
                 "'" + where + "': " + error.message() + ": choose another port, or 0 for none"};
  implementation->run();
  return std::unique_ptr<Server>{new Server{std::move(implementation)}};
}

}  // namespace gimbal
