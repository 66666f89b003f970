#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace gimbal::probe {

using Clock = std::chrono::steady_clock;

/// Owns a file descriptor.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_{fd} {}
  Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const noexcept { return fd_; }
  void close() noexcept { Fd{std::exchange(fd_, -1)}; }

 private:
  int fd_{-1};
};

/// An IPv4 or IPv6 address with a port, ready for the kernel.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length{0};
};

/// "10.0.0.1:5001" or "[fd00::1]:5001". Numeric only: a name would bring the resolver's delay.
Result<SocketAddress> parse_address(const std::string& text);

/// A listening, non-blocking socket with a backlog that thousands of reads fit.
Result<Fd> listen_on(const SocketAddress& address);

/// The address a socket is bound to, with the port the kernel chose.
SocketAddress local_address(int fd) noexcept;

/// "10.0.0.1:5001" or "[fd00::1]:5001".
std::string to_text(const SocketAddress& address);

/// Makes room for `count` descriptors more than a program has anyway, as far as it is allowed to.
/// Fails with the limit and the mend.
Result<bool> reserve_descriptors(std::size_t count);

/// A non-blocking socket with Nagle's algorithm off that is on its way to `address`: writable once
/// connected or refused, which `connect_error` then tells.
Result<Fd> begin_connect(const SocketAddress& address);
/// 0: connected. Else the errno.
int connect_error(int fd) noexcept;
/// "10.0.0.1:5001: cannot connect: Connection refused".
Error connect_failure(const SocketAddress& address, int error);
/// "10.0.0.1:5001: a connection broke: Connection reset by peer"; 0: the peer closed it.
Error connection_ended(const SocketAddress& address, int error);

/// A connected, non-blocking socket with Nagle's algorithm off; waits at most `timeout`.
Result<Fd> connect_to(const SocketAddress& address, std::chrono::milliseconds timeout);

/// Chooses the congestion control of one socket (TCP_CONGESTION). Empty: keeps the system's.
Result<bool> set_congestion(int fd, const std::string& name);

/// Makes close() send RST and drop what is queued.
void reset_on_close(int fd) noexcept;
void set_no_delay(int fd) noexcept;

/// What the kernel tells of the sending side of a connection (TCP_INFO).
struct TcpSample {
  std::uint32_t cwnd{0};           ///< Segments.
  std::uint32_t ssthresh{0};       ///< Segments; INT_MAX while in the first slow start.
  std::uint32_t rtt_us{0};         ///< Smoothed.
  std::uint32_t unacked{0};        ///< Segments in flight.
  std::uint32_t retransmitted{0};  ///< Segments, since the connection began.
  std::uint32_t peer_window{0};    ///< Bytes the peer allows (scaled).
  std::uint32_t mss{0};
  std::uint64_t acked{0};  ///< Bytes.
};
[[nodiscard]] TcpSample sample_tcp(int fd) noexcept;

/// True once SIGTERM or SIGINT has arrived. `watch_signals` installs the handlers.
void watch_signals() noexcept;
[[nodiscard]] bool stop_requested() noexcept;

}  // namespace gimbal::probe
