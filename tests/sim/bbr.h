#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "base/rng.h"
#include "base/time.h"
#include "sim/rate_sampler.h"

namespace gimbal::sim {

/// What the sender's stack shows BBR beside the sample.
struct BbrFacts {
  std::uint32_t window{0};     ///< Congestion window, segments.
  std::uint32_t in_flight{0};  ///< Segments, after the ACK.
  std::uint64_t delivered{0};  ///< Segments, in all.
  std::uint64_t lost{0};       ///< Segments marked lost, in all.
  bool recovering{false};      ///< Fast recovery.
  bool after_timeout{false};   ///< Loss recovery after a retransmission timeout.
  Nanos srtt{};
  Nanos ahead{};  ///< How far the pacing clock runs before `now`.
};

/// Segments a sender of that pace sends back to back.
[[nodiscard]] std::uint32_t tso_segments(double bytes_per_second,
                                         std::uint32_t segment_bytes) noexcept;

/// BBR version 1 as Linux 6.x runs it (tcp_bbr.c; Cardwell et al., "BBR: Congestion-Based
/// Congestion Control", 2016): bandwidth as a maximum over ten rounds, minimum RTT over ten
/// seconds, the four modes, packet conservation in the first round of a recovery, the window for
/// aggregated ACKs, and the long-term rate that a policer makes it fall back to.
class Bbr {
 public:
  enum class State : std::uint8_t { start_up, drain, probe_bandwidth, probe_rtt };

  Bbr(std::uint32_t segment_bytes, std::uint64_t seed) noexcept
      : segment_bytes_{segment_bytes}, rng_{seed} {}

  /// The handshake is complete: pace the first window over the first round trip.
  void begin(std::uint32_t window, Nanos srtt, Instant now) noexcept;
  /// One ACK. Returns the congestion window to use.
  [[nodiscard]] std::uint32_t observe(const RateSample& sample, const BbrFacts& facts,
                                      Instant now) noexcept;
  /// Recovery or timeout begins: the window to come back to.
  void save_window(std::uint32_t window) noexcept;
  /// A retransmission timeout counts as the end of a round.
  void on_timeout(const BbrFacts& facts, Instant now) noexcept;
  /// The loss was none: the pipe may not have been full either.
  void on_undo() noexcept;
  /// Sending again after silence.
  void on_restart(Instant now) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool full_pipe() const noexcept { return full_pipe_; }
  [[nodiscard]] Nanos min_rtt() const noexcept { return min_rtt_; }
  [[nodiscard]] double bytes_per_second() const noexcept { return pacing_rate_; }
  /// In probe RTT what is sent must not be taken for all the path carries.
  [[nodiscard]] bool holds_back() const noexcept { return state_ == State::probe_rtt; }
  /// Segments sent back to back (TSO autosizing).
  [[nodiscard]] std::uint32_t burst_segments() const noexcept;

 private:
  // bbr.cc: windows, gains and pacing
  [[nodiscard]] double bandwidth() const noexcept;
  [[nodiscard]] double most_bandwidth() const noexcept;
  [[nodiscard]] std::uint32_t pipe(double bandwidth, double gain) const noexcept;
  [[nodiscard]] std::uint32_t with_bursts(std::uint32_t window) const noexcept;
  [[nodiscard]] std::uint32_t in_flight_at(double bandwidth, double gain) const noexcept;
  [[nodiscard]] std::uint32_t in_net(std::uint32_t in_flight, Nanos ahead) const noexcept;
  [[nodiscard]] std::uint32_t aggregation() const noexcept;
  void set_gains() noexcept;
  void set_pacing(const BbrFacts& facts) noexcept;
  [[nodiscard]] std::uint32_t next_window(const RateSample& sample, const BbrFacts& facts) noexcept;
  [[nodiscard]] bool recover(const RateSample& sample, const BbrFacts& facts,
                             std::uint32_t& window) noexcept;

  // bbr_model.cc: what the path is believed to be
  void update_bandwidth(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept;
  void update_aggregation(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept;
  void update_cycle(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept;
  void check_full_pipe(const RateSample& sample) noexcept;
  void check_drain(const BbrFacts& facts, Instant now) noexcept;
  void update_min_rtt(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept;
  void leave_probe_rtt(Instant now) noexcept;
  void watch_policer(const RateSample& sample, const BbrFacts& facts, Instant now) noexcept;
  void judge_policer(double bandwidth, const BbrFacts& facts, Instant now) noexcept;
  void begin_policer_interval(const BbrFacts& facts, Instant now) noexcept;
  void forget_policer(const BbrFacts& facts, Instant now) noexcept;
  void enter_probe_bandwidth(Instant now) noexcept;

  struct Best {
    std::uint64_t round;
    double value;
  };

  std::uint32_t segment_bytes_;
  Rng rng_;
  State state_{State::start_up};
  double pacing_gain_{2.885};
  double window_gain_{2.885};
  double pacing_rate_{0};  ///< Bytes per second.
  bool seen_rtt_{false};

  std::deque<Best> best_;  ///< Falling values of the last ten rounds; the front is the maximum.
  std::uint64_t round_{0};
  std::uint64_t round_ends_{0};
  bool round_start_{false};
  double full_bandwidth_{0};
  unsigned full_rounds_{0};
  bool full_pipe_{false};

  unsigned phase_{0};
  Instant phase_start_{};
  Nanos min_rtt_{Nanos::max()};
  Instant min_rtt_at_{};
  Instant probe_rtt_done_{};  ///< Instant{}: the pipe is not drained yet.
  bool probe_rtt_round_done_{false};
  bool restarted_{false};
  bool window_restored_{false};

  std::uint32_t prior_window_{0};
  bool was_recovering_{false};
  bool was_after_timeout_{false};
  bool conserving_{false};

  std::array<std::uint32_t, 2> extra_acked_{};
  unsigned extra_slot_{0};
  unsigned extra_rounds_{0};
  Instant epoch_start_{};
  std::uint64_t epoch_acked_{0};

  bool policer_sampling_{false};
  bool policed_{false};
  double policed_bandwidth_{0};
  Instant policer_since_{};
  std::uint64_t policer_delivered_{0};
  std::uint64_t policer_lost_{0};
  unsigned policer_rounds_{0};
};

}  // namespace gimbal::sim
