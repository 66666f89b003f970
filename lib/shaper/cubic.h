#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// The congestion window the sender would have on the steady path: CUBIC (RFC 9438) in bytes. It
/// decides nothing about what is congestion; it is told.
/// Owned by one worker; a plain value.
class Cubic {
 public:
  static constexpr double kBeta = 0.7;  ///< RFC 9438 4.6.

  /// Starts in slow start with `window` bytes for segments of `mss` bytes.
  void start(std::uint32_t window, std::uint32_t mss) noexcept;

  /// `acked` bytes were delivered. Grows only if the window was in use (RFC 9438 5.8).
  void on_delivered(std::uint32_t acked, Nanos smoothed_rtt, bool window_used,
                    Instant now) noexcept;
  /// Raises the window by `bytes` and starts the curve afresh from there.
  void climb(std::uint32_t bytes) noexcept;
  /// At least as large as what the sender has in flight by its own slow start.
  void cover(std::uint32_t flight) noexcept { window_ = window_ < flight ? flight : window_; }
  /// Another window, without the marks of congestion.
  void adopt(std::uint32_t window) noexcept;
  /// Congestion: window to `keep` of what was in use, `flight` bytes if that is less (RFC 5681 eqn.
  /// 4); the caller spaces calls by rounds.
  void on_congestion(std::uint32_t flight, Instant now, double keep = kBeta) noexcept;
  /// The last reduction was for a loss that was none: back to the window that stood before, and to
  /// slow start only if asked: what proves a loss spurious does not prove the queue empty.
  void undo(bool to_slow_start) noexcept;
  void leave_slow_start() noexcept;
  /// What ended slow start was none of a queue's doing (RFC 9406 4.3): it goes on.
  void resume_slow_start() noexcept { threshold_ = kNoThreshold; }

  [[nodiscard]] std::uint32_t window() const noexcept {
    return static_cast<std::uint32_t>(window_);
  }
  /// The window is well below the one that last met congestion.
  [[nodiscard]] bool below_last_maximum() const noexcept { return window_ < 0.85 * w_max_; }
  [[nodiscard]] bool in_slow_start() const noexcept { return window_ < threshold_; }

 private:
  static constexpr double kNoThreshold = 1e15;
  static constexpr double kC = 0.4;  ///< RFC 9438 5.1, segments per second cubed.

  void grow(double acked, Nanos smoothed_rtt, Instant now) noexcept;

  double window_{0};
  double threshold_{0};
  double mss_{1448};
  double w_max_{0};  ///< Bytes.
  double w_est_{0};  ///< Bytes: what Reno would have (RFC 9438 4.3).
  double k_{0};      ///< Seconds to climb back to w_max_.
  double origin_{0};
  double before_window_{0};
  double before_threshold_{0};
  double before_w_max_{0};
  Instant epoch_{};
  bool in_epoch_{false};
};

}  // namespace gimbal
