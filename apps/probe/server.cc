#include "probe/server.h"

#include <sys/epoll.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "probe/services.h"

namespace gimbal::probe {
namespace {
constexpr std::chrono::milliseconds kFullPause{100};
}

Result<std::unique_ptr<Server>> Server::open(const SocketAddress& address) {
  Result<Fd> listener = listen_on(address);
  if (!listener) return listener.error();
  const SocketAddress bound = local_address(listener.value().get());
  std::unique_ptr<Server> server{new Server{std::move(listener.value()), bound}};
  auto services = make_services(server->loop_, bound, server->reports_);
  if (!services) return services.error();
  server->services_ = std::move(services.value());
  return server;
}

Server::Server(Fd listener, const SocketAddress& address)
    : listener_{std::move(listener)},
      address_{address},
      id_{loop_.add(*this, listener_.get(), EPOLLIN)} {}

void Server::run() {
  while (!loop_.stopped()) loop_.turn(std::chrono::milliseconds{200});
}

Server::Accepted Server::accept_one() {
  const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return errno == EMFILE || errno == ENFILE ? Accepted::full : Accepted::none;
  set_no_delay(fd);
  sessions_[fd] = std::make_unique<Session>(loop_, Fd{fd}, reports_,
                                            [this](int gone) { sessions_.erase(gone); });
  return Accepted::one;
}

void Server::advance(std::uint32_t, Clock::time_point now) {
  loop_.watch(id_, EPOLLIN);
  Accepted accepted = Accepted::one;
  for (int i = 0; i < 64 && accepted == Accepted::one; ++i) accepted = accept_one();
  if (accepted != Accepted::full) return;
  if (!told_full_)
    std::fprintf(stderr, "gimbal-probe: %s at %zu connections; raise `ulimit -n`\n",
                 std::strerror(errno), sessions_.size());
  told_full_ = true;
  // Asking again at once would spin: the waiting connection keeps the listener readable.
  loop_.watch(id_, 0);
  loop_.wake_at(id_, now + kFullPause);
}

Result<std::unique_ptr<LocalServer>> LocalServer::start(const SocketAddress& address) {
  auto server = Server::open(address);
  if (!server) return server.error();
  return std::unique_ptr<LocalServer>{new LocalServer{std::move(server.value())}};
}

LocalServer::LocalServer(std::unique_ptr<Server> server)
    : server_{std::move(server)}, thread_{[this] { server_->run(); }} {}

LocalServer::~LocalServer() {
  server_->stop();
  thread_.join();
}

}  // namespace gimbal::probe
