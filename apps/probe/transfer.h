#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "probe/pattern.h"
#include "probe/socket.h"

namespace gimbal::probe {

/// How a transfer stands after a turn at its socket.
enum class Progress : std::uint8_t {
  waiting,  ///< The socket would block; call again when it is ready.
  done,     ///< Everything sent, or the peer closed its direction.
  failed,   ///< The connection was reset or timed out.
};

inline constexpr std::chrono::milliseconds kTraceInterval{100};

/// The sending end of a bulk transfer: writes the pattern as fast as the socket takes it, and keeps
/// a trace of TCP_INFO. Single-threaded.
class Source {
 public:
  /// `total` 0: until `pump` is no longer called.
  Source(std::uint64_t seed, std::uint64_t total, Clock::time_point start) noexcept
      : pattern_{seed}, total_{total}, start_{start}, next_{start} {}

  Progress pump(int fd);
  /// Takes a sample if one is due.
  void sample(int fd, Clock::time_point now);
  /// Takes the last sample, at the end of the transfer.
  void finish(int fd, Clock::time_point now) { next_ = now, sample(fd, now); }

  struct Point {
    double t_ms;
    TcpSample tcp;
  };
  [[nodiscard]] const std::vector<Point>& trace() const noexcept { return trace_; }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] Clock::time_point start() const noexcept { return start_; }

 private:
  Pattern pattern_;
  std::uint64_t total_;
  std::uint64_t sent_{0};
  Clock::time_point start_;
  Clock::time_point next_;
  std::vector<Point> trace_;
};

/// The receiving end: reads, compares every byte with the pattern, keeps bytes over time.
class Sink {
 public:
  Sink(std::uint64_t seed, bool verify, Clock::time_point start) noexcept
      : pattern_{seed}, verify_{verify}, start_{start}, next_{start} {}

  Progress drain(int fd);
  void sample(Clock::time_point now);
  void finish(Clock::time_point now) { next_ = now, sample(now); }

  struct Point {
    double t_ms;
    std::uint64_t bytes;
  };
  [[nodiscard]] const std::vector<Point>& trace() const noexcept { return trace_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  /// Offset of the first wrong byte, if any was seen.
  [[nodiscard]] std::optional<std::uint64_t> mismatch() const noexcept { return mismatch_; }
  [[nodiscard]] bool verified() const noexcept { return verify_ && !mismatch_; }
  [[nodiscard]] Clock::time_point start() const noexcept { return start_; }

 private:
  Pattern pattern_;
  bool verify_;
  std::uint64_t received_{0};
  std::optional<std::uint64_t> mismatch_;
  Clock::time_point start_;
  Clock::time_point next_;
  std::vector<Point> trace_;
};

}  // namespace gimbal::probe
