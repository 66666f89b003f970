#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/frame.h"
#include "sim/loop.h"

namespace gimbal::sim {

/// A stream of datagrams beside the flows, 1 Mb/s as a voice or video call would send: one frame of
/// 1250 bytes every 10 ms, and how long each was under way. No flow control, no retransmission.
class Datagrams {
 public:
  Datagrams(Loop& loop, Sink out) : loop_{loop}, out_{std::move(out)} {}

  void start() {
    Frame frame(kFrameBytes);
    // An experimental EtherType (IEEE 802): nothing on the way takes it for a segment.
    frame[12] = std::byte{0x88};
    frame[13] = std::byte{0xb5};
    const std::int64_t at = loop_.now().ns();
    std::memcpy(frame.data() + kStampAt, &at, sizeof at);
    ++sent_;
    out_(std::move(frame));
    loop_.after(kGap, [this] { start(); });
  }
  /// True when the frame was one of these.
  bool take(const Frame& frame) {
    if (frame.size() != kFrameBytes || frame[12] != std::byte{0x88}) return false;
    std::int64_t at = 0;
    std::memcpy(&at, frame.data() + kStampAt, sizeof at);
    delays_.push_back(loop_.now() - Instant{at});
    return true;
  }
  /// Of what arrived since `count` frames had.
  [[nodiscard]] double delay_ms(double quantile, std::size_t since) const {
    if (delays_.size() <= since) return 0;
    std::vector<Nanos> window(delays_.begin() + static_cast<std::ptrdiff_t>(since), delays_.end());
    std::sort(window.begin(), window.end());
    const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(window.size() - 1));
    return window[rank].to_ms();
  }
  [[nodiscard]] std::size_t arrived() const noexcept { return delays_.size(); }
  [[nodiscard]] std::size_t sent() const noexcept { return sent_; }

 private:
  static constexpr std::size_t kFrameBytes = 1250;
  static constexpr std::size_t kStampAt = 14;
  static constexpr Nanos kGap = Nanos::millis(10);

  Loop& loop_;
  Sink out_;
  std::vector<Nanos> delays_;
  std::size_t sent_{0};
};

}  // namespace gimbal::sim
