#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "sim/bbr.h"
#include "sim/congestion.h"
#include "sim/frame.h"
#include "sim/loop.h"
#include "sim/rack.h"
#include "sim/rate_sampler.h"
#include "sim/rtt_estimator.h"
#include "sim/scoreboard.h"

namespace gimbal::sim {

struct SenderConfig {
  Endpoint local;
  Endpoint remote;
  Algorithm algorithm{Algorithm::cubic};
  bool paced{false};  ///< CUBIC or Reno whose stack paces it (fq, or net.core's pacing of sockets).
  Seq32 initial_seq{};
  std::uint16_t mss{1460};                 ///< Offered; timestamps take 12 of it.
  std::uint64_t send_buffer{4U << 20};     ///< Bytes sent and not acknowledged, at most.
  std::uint64_t stream_bytes{UINT64_MAX};  ///< Closes after these, or at `close()`.
  bool keep_open{false};                   ///< Closes at `close()` only.
};

struct SenderFigures {
  std::uint64_t sent_segments{0};
  std::uint64_t retransmissions{0};
  std::uint64_t timeouts{0};
  std::uint64_t tail_probes{0};
  std::uint64_t recoveries{0};
  std::uint64_t undos{0};
};

/// A server whose TCP reacts as Linux 6.x does (science 2.2): RACK-TLP loss detection with its
/// reordering window, PRR, F-RTO, undo by D-SACK and by Eifel, growth only while the window is the
/// limit, CUBIC, Reno or BBR. It accepts one connection and sends a bulk stream over it. Frames it
/// sends and hears are real bytes.
class Sender {
 public:
  Sender(Loop& loop, const SenderConfig& config, Sink out);

  void hear(const Segment& segment);
  /// The application writes `bytes` more; for a stream kept open.
  void offer(std::uint64_t bytes);
  /// No more data: what is in flight is delivered, then FIN.
  void close();

  [[nodiscard]] const SenderFigures& figures() const noexcept { return figures_; }
  [[nodiscard]] const Congestion& congestion() const noexcept { return congestion_; }
  [[nodiscard]] const RttEstimator& rtt() const noexcept { return rtt_; }
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return board_.in_flight(); }
  [[nodiscard]] std::uint64_t peer_window() const noexcept { return window_; }
  [[nodiscard]] std::uint64_t delivered_bytes() const noexcept { return board_.una(); }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// With BBR only.
  [[nodiscard]] const std::optional<Bbr>& bbr() const noexcept { return bbr_; }
  [[nodiscard]] bool in_recovery() const noexcept { return state_ >= State::recovery; }
  /// Hears every RTT sample taken, for percentiles.
  std::function<void(Nanos)> on_rtt;

 private:
  enum class State : std::uint8_t { open, disorder, reduced, recovery, loss };
  enum class Timeout : std::uint8_t { none, handshake, retransmit, probe, reorder, persist };
  enum class Resend : std::uint8_t { lost, fresh };
  struct LossCount {
    std::uint32_t lost;   ///< Segments believed lost now.
    std::uint64_t marks;  ///< Ever.
  };

  // sender.cc: the connection, ACK intake, windows
  void hear_syn(const Segment& segment);
  void answer_syn();
  void hear_ack(const Segment& segment);
  /// True when the segment said something new of the window.
  bool take_window(const Segment& segment, std::uint64_t ack, std::uint64_t una);
  void take_rtt(const Delivery& news);
  [[nodiscard]] std::uint64_t stream_offset(Seq32 ack) const noexcept;
  [[nodiscard]] std::size_t read_blocks(const Segment& segment, std::uint64_t ack,
                                        std::array<Range, 4>& blocks);
  void take_dsack(Range range);
  void hear_fin(const Segment& segment);

  // sender_recovery.cc: what an ACK says about loss, and what is done about it
  void judge(const Delivery& news, const LossCount& before, bool dsacked);
  void judge_recovery(const Delivery& news);
  void judge_loss(const Delivery& news);
  void learn_reordering(const Delivery& news);
  [[nodiscard]] Nanos reorder_window() const noexcept;
  [[nodiscard]] Nanos detect_losses();
  void judge_tail_probe(const Delivery& news, std::uint64_t ack, bool dsacked);
  void enter_recovery();
  void begin_reduction();
  void reduce(const Delivery& news, std::uint32_t newly_lost);
  void end_reduction();
  [[nodiscard]] bool may_undo() const noexcept;
  [[nodiscard]] bool delayed_not_lost() const noexcept;
  void undo(bool unmark);
  bool try_undo_recovery();
  void begin_undo_watch();

  // sender_newreno.cc: a peer without SACK
  void fold_duplicates(Delivery& news, bool duplicate);
  void mark_head_lost(const Delivery& news);

  // sender_rate.cc: BBR's samples and pacing
  void begin_rate_model();
  [[nodiscard]] BbrFacts bbr_facts() const noexcept;
  void steer_by_rate(const Delivery& news, std::uint32_t losses);
  void note_application_limit();
  [[nodiscard]] bool is_paced() const noexcept;
  [[nodiscard]] double pacing_rate() const noexcept;
  [[nodiscard]] std::uint32_t burst_segments() const noexcept;
  [[nodiscard]] bool pacing_holds();
  void note_paced(std::uint32_t bytes);
  void close_burst();

  // sender_output.cc: what is sent, and the timers
  void pump();
  void send_fresh();
  bool send_next_fresh();
  void resend_lost();
  void resend(Outstanding& segment);
  void transmit(const Outstanding& segment);
  void send_bare(bool syn);
  void note_window_use(bool limited);
  [[nodiscard]] bool window_limits() const noexcept;
  void set_timer(Instant since);
  void on_timer();
  void on_retransmit_timeout();
  void on_reorder_timeout();
  void wait_for_window();
  void send_window_probe();
  void on_probe_timeout();
  [[nodiscard]] Segment header(Seq32 seq) const;
  [[nodiscard]] std::uint32_t clock_ms() const noexcept;

  Loop& loop_;
  SenderConfig config_;
  Sink out_;
  Scoreboard board_;
  Congestion congestion_;
  RttEstimator rtt_;
  Rack rack_;
  SenderFigures figures_;
  Timer timer_;
  std::optional<Bbr> bbr_;
  RateSampler sampler_;
  Timer pace_timer_;
  Instant pace_at_{};
  std::uint32_t burst_left_{0};  ///< Segments that may still follow back to back.
  std::uint64_t burst_bytes_{0};
  std::uint32_t prior_in_flight_{0};  ///< Before the ACK being judged.
  Timeout pending_{Timeout::none};
  unsigned backoff_{0};

  // Connection
  bool listening_{true};
  bool established_{false};
  Instant syn_sent_{};
  unsigned syn_copies_{0};
  bool fin_sent_{false};
  bool closing_{false};
  bool finished_{false};
  Seq32 remote_next_{};  ///< rcv_nxt of the silent direction.
  std::uint8_t remote_scale_{0};
  bool stamps_{true};     ///< Timestamps agreed on.
  bool selective_{true};  ///< SACK agreed on.
  bool scaling_{true};
  std::uint32_t ts_recent_{0};
  std::uint32_t payload_max_{1448};
  std::uint64_t window_{0};       ///< Last window accepted, bytes.
  std::uint64_t window_edge_{0};  ///< Stream offset of the right edge.
  Seq32 window_seq_{};            ///< SND.WL1.

  // Recovery
  State state_{State::open};
  Resend resend_{Resend::lost};
  bool frto_{false};
  std::uint64_t recovery_point_{0};
  bool undo_watch_{false};
  std::int64_t undo_owed_{0};
  std::uint64_t undo_mark_{0};
  std::uint64_t dsack_reports_{0};  ///< dsack_dups: segments reported twice, believed or not.
  std::uint32_t prior_window_{0};
  std::uint32_t prior_threshold_{0};
  bool any_resent_since_{false};
  std::uint32_t first_resent_ms_{0};   ///< TSval of the first retransmission of this recovery.
  std::uint32_t echoed_ms_{0};         ///< TSecr of the ACK being judged.
  std::uint32_t reduction_window_{0};  ///< PRR prior_cwnd.
  std::uint32_t reduction_delivered_{0};
  std::uint32_t reduction_sent_{0};

  std::uint64_t probe_end_{0};  ///< tlp_high_seq; 0: none out.
  bool probe_was_copy_{false};

  // Growth (tcp_is_cwnd_limited)
  bool window_limited_{false};
  std::uint32_t most_out_{0};
  std::uint64_t usage_end_{0};
};

}  // namespace gimbal::sim
