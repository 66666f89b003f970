#pragma once

#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// Decides whether the sender's window is still opening, and so whether ACKs should reach it few
/// and far between. Ends when the sender has been held by the receive window for two round trips
/// (its congestion window is past the pipe), or has stopped growing for three (it left slow start).
class AckThinner {
 public:
  void begin(Instant now) noexcept;
  [[nodiscard]] bool active() const noexcept { return active_; }
  void stop() noexcept { active_ = false; }
  /// `bytes` new data came from the sender; `room` is what the shown window would still let it
  /// send.
  void on_data(std::uint32_t bytes, std::int32_t room, std::uint32_t mss, Nanos rtt,
               Instant now) noexcept;

 private:
  bool active_{false};
  std::uint8_t flat_rounds_{0};
  Instant round_start_{};
  Instant limited_since_{Instant::never()};
  std::uint32_t round_bytes_{0};
  std::uint32_t last_round_bytes_{0};
};

}  // namespace gimbal
