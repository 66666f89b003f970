#include "probe/server.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <unordered_map>
#include <variant>

#include "probe/protocol.h"
#include "probe/report.h"
#include "probe/transfer.h"

namespace gimbal::probe {
namespace {

/// Answers to `read` requests: so many bytes still owed. The content does not matter.
struct Reader {
  std::uint64_t owed{0};
};
/// A text still to be sent, after which the connection ends.
struct Teller {
  std::string text;
  std::size_t told{0};
};

struct Connection {
  Fd fd;
  std::variant<Reader, Source, Sink, Teller> role;
  std::array<std::byte, Request::kSize> header{};
  std::size_t header_size{0};
  Request request;
  Clock::time_point deadline{Clock::time_point::max()};
  bool closing{false};  ///< Everything was sent; waiting for the peer to close.
};

class Server {
 public:
  explicit Server(Fd listener) : listener_{std::move(listener)}, poll_{::epoll_create1(0)} {
    watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
  }

  void run() {
    std::array<epoll_event, 256> events{};
    while (!stop_requested()) {
      const int n = ::epoll_wait(poll_.get(), events.data(), events.size(), 20);
      for (int i = 0; i < n; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_.get())
          accept_all();
        else if (const auto it = connections_.find(fd); it != connections_.end())
          serve(*it->second);
      }
      tick(Clock::now());
    }
  }

 private:
  void watch(int fd, std::uint32_t what, int operation) {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(poll_.get(), operation, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      set_no_delay(fd);
      auto connection = std::make_unique<Connection>();
      connection->fd = Fd{fd};
      connections_[fd] = std::move(connection);
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  /// Ends a connection; what a transfer saw is kept for a later `report`.
  void finish(Connection& c) {
    if (auto* source = std::get_if<Source>(&c.role)) {
      source->finish(c.fd.get(), Clock::now());
      keep(c.request.id, describe(*source));
    }
    if (auto* sink = std::get_if<Sink>(&c.role)) {
      sink->finish(Clock::now());
      keep(c.request.id, describe(*sink));
    }
    connections_.erase(c.fd.get());
  }

  void keep(std::uint64_t id, const nlohmann::json& report) {
    reports_[id] = report.dump();
    kept_.push_back(id);
    if (kept_.size() > kMaxReports) {
      reports_.erase(kept_.front());
      kept_.pop_front();
    }
  }

  void begin(Connection& c) {
    const Clock::time_point now = Clock::now();
    const Request& r = c.request;
    if (r.millis != 0) c.deadline = now + std::chrono::milliseconds{r.millis};
    if (const auto set = set_congestion(c.fd.get(), r.congestion); !set)
      std::fprintf(stderr, "gimbal-probe: %s\n", set.error().message().c_str());
    if (r.ask == Ask::read) std::get<Reader>(c.role).owed += r.bytes;
    if (r.ask == Ask::source) c.role.emplace<Source>(r.seed, r.bytes, now);
    if (r.ask == Ask::sink) c.role.emplace<Sink>(r.seed, true, now);
    if (r.ask == Ask::report) {
      const auto found = reports_.find(r.id);
      c.role.emplace<Teller>(Teller{found == reports_.end() ? "null" : found->second});
    }
  }

  /// Reads requests. False: the connection has ended.
  bool take_requests(Connection& c) {
    while (std::holds_alternative<Reader>(c.role)) {
      const ssize_t n =
          ::recv(c.fd.get(), &c.header[c.header_size], c.header.size() - c.header_size, 0);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      if (n == 0) return false;
      c.header_size += static_cast<std::size_t>(n);
      if (c.header_size < Request::kSize) return true;
      c.header_size = 0;
      const auto request = Request::parse(c.header);
      if (!request) return false;
      c.request = *request;
      begin(c);
    }
    return true;
  }

  void serve(Connection& c) {
    if (!take_requests(c)) return finish(c);
    const Progress progress = std::visit([&](auto& role) { return advance(c, role); }, c.role);
    if (progress != Progress::waiting) return finish(c);
    const bool writes = !c.closing && !std::holds_alternative<Sink>(c.role);
    const auto* reader = std::get_if<Reader>(&c.role);
    watch(c.fd.get(),
          writes && (reader == nullptr || reader->owed > 0) ? EPOLLIN | EPOLLOUT : EPOLLIN,
          EPOLL_CTL_MOD);
  }

  Progress advance(Connection& c, Reader& reader) {
    static const std::array<std::byte, 65536> block{};
    while (reader.owed > 0) {
      const std::size_t size = std::min<std::uint64_t>(block.size(), reader.owed);
      const ssize_t n = ::send(c.fd.get(), block.data(), size, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
      reader.owed -= static_cast<std::uint64_t>(n);
    }
    return Progress::waiting;
  }

  Progress advance(Connection& c, Source& source) {
    std::byte nothing{};
    const ssize_t n = ::recv(c.fd.get(), &nothing, 1, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return Progress::failed;
    if (c.closing) return Progress::waiting;
    const Progress progress = source.pump(c.fd.get());
    if (progress != Progress::done) return progress;
    ::shutdown(c.fd.get(), SHUT_WR);
    c.closing = true;  // The peer closes after the last byte: until then samples go on.
    return Progress::waiting;
  }

  Progress advance(Connection& c, Sink& sink) { return sink.drain(c.fd.get()); }

  Progress advance(Connection& c, Teller& teller) {
    while (teller.told < teller.text.size()) {
      const ssize_t n = ::send(c.fd.get(), teller.text.data() + teller.told,
                               teller.text.size() - teller.told, MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR ? Progress::waiting : Progress::failed;
      teller.told += static_cast<std::size_t>(n);
    }
    return Progress::done;
  }

  void tick(Clock::time_point now) {
    for (auto it = connections_.begin(); it != connections_.end();) {
      Connection& c = *(it++)->second;
      if (auto* source = std::get_if<Source>(&c.role)) source->sample(c.fd.get(), now);
      if (auto* sink = std::get_if<Sink>(&c.role)) sink->sample(now);
      if (now >= c.deadline && !std::holds_alternative<Reader>(c.role)) {
        reset_on_close(c.fd.get());
        finish(c);
      }
    }
  }

  static constexpr std::size_t kMaxReports = 1024;

  Fd listener_;
  Fd poll_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::uint64_t, std::string> reports_;
  std::deque<std::uint64_t> kept_;
};

}  // namespace

Result<bool> run_server(const SocketAddress& address) {
  Result<Fd> listener = listen_on(address);
  if (!listener) return listener.error();
  Server server{std::move(listener.value())};
  std::fprintf(stderr, "ready\n");
  server.run();
  return true;
}

}  // namespace gimbal::probe
