#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// Tells a sender that paces itself by a model of the path (BBR) from one that its window clocks,
/// by how fast it sends while nothing but its own pace holds it back. BBR does not take jitter or
/// stray loss for congestion: a second controller in front of it could only cost it rate.
///
/// In slow start every sender's window is known: what was out at first, and all that was
/// acknowledged since. A stack that paces CUBIC or Reno lets two of them go per round trip
/// (tcp_update_pacing_rate; fq takes its rate from there), one that does not sends at once. BBR
/// sends 2.885 times what it saw delivered, and that was half a window: 1.44, or less where the
/// path is unsteady. The latest ACK released nothing that comes after its answer was here: from
/// then on only the pace is seen, whatever the ACKs do.
class SenderStyle {
 public:
  /// An ACK of `acked` more bytes goes to the sender, `out` are outstanding before; its answer
  /// takes `near_rtt`.
  void on_shown(std::uint32_t acked, std::uint32_t out, Nanos near_rtt, Instant now) noexcept {
    window_ = (window_ == 0 ? out : window_) + acked;
    answered_ = now + near_rtt + kSlack;
  }
  /// A new segment of `bytes` came; `rtt` as the sender measures it.
  void on_data(std::uint32_t bytes, std::uint32_t mss, Nanos rtt, Instant now) noexcept {
    if (told_ != Told::nothing || window_ == 0 || rtt <= Nanos{}) return;
    if (burst_bytes_ > 0 && now - last_ < kSlack) {
      burst_bytes_ += bytes;
      last_ = now;
      return;
    }
    const bool own_pace = burst_bytes_ > 0 && answered_ < burst_;
    if (own_pace && window_ >= kFrom * mss) {
      sent_ += static_cast<float>(burst_bytes_);
      spans_ += static_cast<float>(window_ * ((now - burst_) / rtt));
      judge(++bursts_);
    }
    burst_ = last_ = now;
    burst_bytes_ = bytes;
    if (window_ > kUpTo * mss) give_up();
  }
  /// The sender was shown a loss: what the ACKs let it send is no longer known.
  void give_up() noexcept {
    if (told_ == Told::nothing) told_ = Told::unclear;
  }
  [[nodiscard]] bool paced() const noexcept { return told_ == Told::paced; }

 private:
  enum class Told : std::uint8_t { nothing, unclear, clocked, paced };

  void judge(std::uint8_t bursts) noexcept {
    if (bursts >= kFewBursts && sent_ > kClocked * spans_) told_ = Told::clocked;
    if (bursts >= kBursts && sent_ < kModel * spans_) told_ = Told::paced;
  }
  // Linux on veth, five profiles: in windows of 28 to 112 segments CUBIC 1.95 to 2.11 windows per
  // round trip, BBR 0.60 to 1.41. Below, BBR still has the pace of its first guess; beyond, CUBIC
  // may have left slow start, for 1.2.
  static constexpr std::uint32_t kFrom = 28;
  static constexpr std::uint32_t kUpTo = 112;
  static constexpr float kClocked = 1.8F;
  static constexpr float kModel = 1.6F;
  /// To be wrong about CUBIC costs far more than about BBR.
  static constexpr std::uint8_t kFewBursts = 4;
  static constexpr std::uint8_t kBursts = 8;
  static constexpr Nanos kSlack = Nanos::micros(250);  ///< Within it segments are one burst.

  Instant burst_{};     ///< When the newest burst began,
  Instant last_{};      ///< and its newest segment came.
  Instant answered_{};  ///< When what the newest ACK released was here.
  std::uint32_t window_{0};
  std::uint32_t burst_bytes_{0};
  float sent_{0};   ///< Bytes the pace let go,
  float spans_{0};  ///< and one window per round trip would have.
  std::uint8_t bursts_{0};
  Told told_{Told::nothing};
};

}  // namespace gimbal
