#pragma once

#include "probe/block_pattern.h"
#include "probe/role.h"

namespace gimbal::probe {

/// Takes an upload, thinks, answers in chunks at their times, and ends with a trailer. A chunk is
/// due at its time even when the socket held up the one before: the server computes on, as a model
/// does, and what the path delays comes late but in one piece.
class ExchangeRole final : public Role {
 public:
  ExchangeRole(const Request& request, Clock::time_point now);
  Progress advance(int fd, Clock::time_point now) override;
  [[nodiscard]] bool wants_read() const noexcept override { return taken_ < upload_; }
  [[nodiscard]] bool wants_write() const noexcept override { return blocked_; }
  [[nodiscard]] Clock::time_point next() const noexcept override { return next_; }
  [[nodiscard]] bool keeps_connection() const noexcept override { return true; }

 private:
  /// False: the connection has ended.
  bool take_upload(int fd);
  Progress answer(int fd, Clock::time_point now);
  /// Bytes of the answer that may be on their way at `now`.
  [[nodiscard]] std::uint64_t due(Clock::time_point now) noexcept;

  BlockPattern pattern_;
  std::uint64_t upload_;
  std::uint64_t taken_{0};
  bool upload_wrong_{false};
  bool duplex_;
  std::uint64_t chunk_;
  std::uint32_t chunks_;
  std::chrono::microseconds think_;
  std::chrono::microseconds interval_;
  Clock::time_point first_{Clock::time_point::max()};  ///< When the first chunk is due.
  Clock::time_point next_{Clock::time_point::max()};
  std::uint64_t sent_{0};
  bool blocked_{false};
};

}  // namespace gimbal::probe
