#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/time.h"

namespace gimbal::sim {

enum class Algorithm : std::uint8_t { cubic, reno, bbr };
[[nodiscard]] std::string_view to_string(Algorithm algorithm) noexcept;

/// Congestion window of the model sender in segments: Reno (RFC 5681) or CUBIC as Linux runs it
/// (RFC 9438: beta 0.7, C 0.4, fast convergence, Reno-friendly region, HyStart by ACK train and by
/// delay). The sender decides when to grow, cut and undo; this class decides how much. With BBR it
/// only keeps what `Bbr` decides.
class Congestion {
 public:
  static constexpr std::uint32_t kInitialWindow = 10;
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  explicit Congestion(Algorithm algorithm, bool paced = false) noexcept
      : algorithm_{algorithm}, paced_{paced} {}

  [[nodiscard]] std::uint32_t window() const noexcept { return window_; }
  [[nodiscard]] std::uint32_t threshold() const noexcept { return threshold_; }
  [[nodiscard]] bool in_slow_start() const noexcept { return window_ < threshold_; }
  void set_window(std::uint32_t segments) noexcept { window_ = segments < 1 ? 1 : segments; }
  void set_threshold(std::uint32_t segments) noexcept { threshold_ = segments; }

  /// One RTT sample of a never-retransmitted segment; `una`, `next` are stream offsets.
  void observe_rtt(Nanos rtt, std::uint64_t una, std::uint64_t next, Instant now) noexcept;
  /// `acked` segments were newly delivered while the window was the limit.
  void grow(std::uint32_t acked, Instant now) noexcept;
  /// The threshold a loss now would set; remembers the window as the maximum.
  [[nodiscard]] std::uint32_t cut_threshold() noexcept;
  /// A retransmission timeout: forget the curve.
  void reset() noexcept;

 private:
  void watch_hystart(Nanos rtt, std::uint64_t una, std::uint64_t next, Instant now) noexcept;
  [[nodiscard]] std::uint32_t cubic_count(std::uint32_t acked, Instant now) noexcept;
  void additive(std::uint32_t per, std::uint32_t acked) noexcept;

  Algorithm algorithm_;
  bool paced_;  ///< HyStart waits for a longer train then.
  std::uint32_t window_{kInitialWindow};
  std::uint32_t threshold_{kUnlimited};
  std::uint32_t credit_{0};  ///< Acked segments not yet turned into growth.

  // CUBIC
  std::uint32_t last_max_{0};
  std::uint32_t origin_{0};
  std::uint32_t friendly_window_{0};
  std::uint32_t friendly_acks_{0};
  std::uint32_t count_{0};
  std::uint32_t last_window_{0};
  double k_seconds_{0};
  Instant epoch_{Instant::never()};
  Instant computed_{};
  Nanos delay_min_{Nanos::max()};

  // HyStart
  bool left_slow_start_{false};
  std::uint64_t round_end_{0};
  Instant round_start_{};
  Instant train_end_{};
  Nanos round_rtt_{Nanos::max()};
  std::uint32_t round_samples_{0};
};

}  // namespace gimbal::sim
