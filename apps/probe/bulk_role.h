#pragma once

#include <string>

#include "probe/role.h"

namespace gimbal::probe {

/// Sends the pattern until it is all sent, the time is over, or the client closes.
class SourceRole final : public Role {
 public:
  SourceRole(const Request& request, ReportStore& reports, Clock::time_point now);
  Progress advance(int fd, Clock::time_point now) override;
  /// The client never sends: readable means that it has closed.
  [[nodiscard]] bool wants_read() const noexcept override { return true; }
  [[nodiscard]] bool wants_write() const noexcept override { return !all_sent_; }
  [[nodiscard]] Clock::time_point next() const noexcept override { return next_sample_; }
  void finish(int fd, Clock::time_point now) override;

 private:
  Source source_;
  ReportStore& reports_;
  std::uint64_t id_;
  Clock::time_point deadline_{Clock::time_point::max()};
  Clock::time_point next_sample_;
  bool all_sent_{false};  ///< The client closes after the last byte: until then samples go on.
};

/// Receives and checks the pattern until the client closes.
class SinkRole final : public Role {
 public:
  SinkRole(const Request& request, ReportStore& reports, Clock::time_point now);
  Progress advance(int fd, Clock::time_point now) override;
  [[nodiscard]] bool wants_read() const noexcept override { return true; }
  [[nodiscard]] bool wants_write() const noexcept override { return false; }
  void finish(int fd, Clock::time_point now) override;

 private:
  Sink sink_;
  ReportStore& reports_;
  std::uint64_t id_;
};

/// Sends a text, after which the connection ends.
class ReportRole final : public Role {
 public:
  explicit ReportRole(std::string text) : text_{std::move(text)} {}
  Progress advance(int fd, Clock::time_point now) override;
  [[nodiscard]] bool wants_read() const noexcept override { return false; }
  [[nodiscard]] bool wants_write() const noexcept override { return true; }

 private:
  std::string text_;
  std::size_t told_{0};
};

}  // namespace gimbal::probe
