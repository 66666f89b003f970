#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "probe/protocol.h"
#include "probe/socket.h"
#include "probe/transfer.h"

namespace gimbal::probe {

/// What transfers saw, kept by the server for a later `report`. The oldest are forgotten.
class ReportStore {
 public:
  void keep(std::uint64_t id, std::string report);
  /// "null" when there is none.
  [[nodiscard]] std::string find(std::uint64_t id) const;

 private:
  static constexpr std::size_t kMaxReports = 1024;
  std::unordered_map<std::uint64_t, std::string> reports_;
  std::deque<std::uint64_t> kept_;
};

/// What the server does on one connection from a request to its end. Does its own I/O on the
/// non-blocking socket, never blocks, single-threaded.
class Role {
 public:
  virtual ~Role() = default;
  /// Goes as far as the socket and the clock let it. `done`: the request is answered; the
  /// connection then waits for the next one if `keeps_connection`, else it is closed.
  virtual Progress advance(int fd, Clock::time_point now) = 0;
  /// Call `advance` when the socket can be read. A role that does not wish to is ended when the
  /// connection breaks, and what the client sends meanwhile waits in the socket.
  [[nodiscard]] virtual bool wants_read() const noexcept = 0;
  /// Call `advance` when the socket can be written.
  [[nodiscard]] virtual bool wants_write() const noexcept = 0;
  /// Call `advance` at this time even if the socket is silent.
  [[nodiscard]] virtual Clock::time_point next() const noexcept { return Clock::time_point::max(); }
  [[nodiscard]] virtual bool keeps_connection() const noexcept { return false; }
  /// The connection has ended or is about to be closed, from either side.
  virtual void finish(int, Clock::time_point) {}
};

/// The role a request asks for. `roles.cc`: add a case there to add an ask.
std::unique_ptr<Role> make_role(const Request& request, ReportStore& reports,
                                Clock::time_point now);

}  // namespace gimbal::probe
