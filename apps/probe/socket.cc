#include "probe/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace gimbal::probe {
namespace {

std::atomic<bool> g_stop{false};  // Lock-free, so a handler may set it.

Error system_error(const std::string& where, const char* attempt) {
  return Error{where, std::string{attempt} + ": " + std::strerror(errno)};
}

Fd open_socket(const SocketAddress& address) {
  return Fd{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<SocketAddress> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return Error{text, "not an address; write ADDR:PORT, or [ADDR]:PORT for IPv6"};
  std::string host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), text.substr(colon + 1).c_str(), &hints, &found);
  if (rc != 0) return Error{text, std::string{"not a numeric address: "} + ::gai_strerror(rc)};
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  return address;
}

Result<Fd> listen_on(const SocketAddress& address) {
  Fd fd = open_socket(address);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0)
    return system_error(to_text(address), "cannot bind");
  if (::listen(fd.get(), 4096) != 0) return system_error(to_text(address), "cannot listen");
  return fd;
}

SocketAddress local_address(int fd) noexcept {
  SocketAddress address;
  address.length = sizeof address.storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address;
}

std::string to_text(const SocketAddress& address) {
  char host[64]{};
  char port[16]{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.length, host,
                sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  const bool v6 = address.storage.ss_family == AF_INET6;
  return (v6 ? "[" : "") + std::string{host} + (v6 ? "]:" : ":") + port;
}

Result<bool> reserve_descriptors(std::size_t count) {
  constexpr rlim_t kOthers = 64;
  const rlim_t wanted = count + kOthers;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return true;
  const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return true;
  return Error{std::to_string(count) + " connections",
               "this process may open only " + std::to_string(limit.rlim_max) +
                   " files; raise it with `ulimit -n " + std::to_string(wanted) + "` as root"};
}

Result<Fd> begin_connect(const SocketAddress& address) {
  Fd fd = open_socket(address);
  if (fd.get() < 0) return connect_failure(address, errno);
  set_no_delay(fd.get());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) !=
          0 &&
      errno != EINPROGRESS)
    return connect_failure(address, errno);
  return fd;
}

int connect_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Error connect_failure(const SocketAddress& address, int error) {
  return {to_text(address), std::string{"cannot connect: "} + std::strerror(error)};
}

Error connection_ended(const SocketAddress& address, int error) {
  if (error == 0) return {to_text(address), "the server closed the connection"};
  return {to_text(address), std::string{"a connection broke: "} + std::strerror(error)};
}

Result<Fd> connect_to(const SocketAddress& address, std::chrono::milliseconds timeout) {
  auto fd = begin_connect(address);
  if (!fd) return fd;
  pollfd wait{fd.value().get(), POLLOUT, 0};
  if (::poll(&wait, 1, static_cast<int>(timeout.count())) != 1)
    return connect_failure(address, ETIMEDOUT);
  if (const int error = connect_error(wait.fd); error != 0) return connect_failure(address, error);
  return fd;
}

Result<bool> set_congestion(int fd, const std::string& name) {
  if (name.empty()) return false;
  if (::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.c_str(),
                   static_cast<socklen_t>(name.size())) != 0)
    return system_error("--cc " + name, "the kernel does not offer it");
  return true;
}

void reset_on_close(int fd) noexcept {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void set_no_delay(int fd) noexcept {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

TcpSample sample_tcp(int fd) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
  return {info.tcpi_snd_cwnd, info.tcpi_snd_ssthresh,  info.tcpi_rtt,
          info.tcpi_unacked,  info.tcpi_total_retrans, info.tcpi_snd_wnd,
          info.tcpi_snd_mss,  info.tcpi_bytes_acked};
}

void watch_signals() noexcept {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = true; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() noexcept { return g_stop; }

}  // namespace gimbal::probe
