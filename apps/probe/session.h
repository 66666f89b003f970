#pragma once

#include <functional>
#include <memory>

#include "probe/event_loop.h"
#include "probe/role.h"

namespace gimbal::probe {

/// One connection of the server: waits for a request, plays the role it asks for, waits again.
class Session final : public Watcher {
 public:
  /// `gone` is called once, as the last thing the session does: it may destroy it.
  Session(EventLoop& loop, Fd fd, ReportStore& reports, std::function<void(int fd)> gone);
  ~Session() override;
  void advance(std::uint32_t events, Clock::time_point now) override;

 private:
  /// Reads a request and takes its role. False: the connection has ended.
  bool take_request(Clock::time_point now);
  void leave(Clock::time_point now);

  EventLoop& loop_;
  Fd fd_;
  ReportStore& reports_;
  std::function<void(int)> gone_;
  EventLoop::Id id_;
  std::array<std::byte, Request::kSize> header_{};
  std::size_t header_size_{0};
  std::unique_ptr<Role> role_;
  Clock::time_point woken_{Clock::time_point::max()};  ///< The wake asked for last.
};

}  // namespace gimbal::probe
