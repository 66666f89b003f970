#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "sim/frame.h"
#include "sim/habits.h"
#include "sim/loop.h"
#include "sim/scoreboard.h"

namespace gimbal::sim {

struct ReceiverConfig {
  Endpoint local;
  Endpoint remote;
  Seq32 initial_seq{};
  std::uint16_t mss{1460};
  Habits habits{};
};

struct ReceiverFigures {
  std::uint64_t bytes{0};       ///< Delivered in order to the reader.
  std::uint64_t duplicates{0};  ///< Segments that brought nothing new.
  std::uint64_t acks{0};
  bool damaged{false};  ///< Some byte was not the one the stream has there.
};

/// A client that opens a connection and reads a stream at once: delayed ACKs (as its habits say; at
/// once while data is out of order), SACK with the newest block first and D-SACK (RFC 2018, 2883),
/// window scale, PAWS (RFC 7323). The right edge it offers never retreats.
class Receiver {
 public:
  Receiver(Loop& loop, const ReceiverConfig& config, Sink out);

  void connect();
  void hear(const Segment& segment, std::span<const std::byte> payload);

  [[nodiscard]] const ReceiverFigures& figures() const noexcept { return figures_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Hears how many bytes were read so far, each time some were.
  std::function<void(std::uint64_t)> on_bytes;

 private:
  void hear_syn_ack(const Segment& segment);
  void hear_data(const Segment& segment, std::span<const std::byte> payload);
  void accept(Range range);
  void absorb_queue();
  void widen_buffer();
  void acknowledge(bool at_once);
  void send_ack();
  [[nodiscard]] std::uint64_t stream_offset(Seq32 seq) const noexcept;
  [[nodiscard]] Seq32 wire_seq(std::uint64_t offset) const noexcept {
    return remote_initial_ + 1 + static_cast<std::uint32_t>(offset);
  }
  void write_blocks(TcpOptions& options);
  [[nodiscard]] std::uint32_t clock_ms() const noexcept;

  Loop& loop_;
  ReceiverConfig config_;
  Sink out_;
  ReceiverFigures figures_;
  Timer ack_timer_;
  Timer syn_timer_;

  bool connected_{false};
  bool finished_{false};
  Seq32 remote_initial_{};
  Seq32 sent_{};           ///< Our own SND.NXT: one past SYN, two past FIN.
  std::uint64_t next_{0};  ///< RCV.NXT as a stream offset.
  std::uint64_t edge_{0};  ///< Right edge offered.
  std::uint64_t fin_at_{UINT64_MAX};
  std::uint64_t last_acked_{0};  ///< Last.ACK.sent (RFC 7323).
  std::uint32_t ts_recent_{0};
  unsigned unacked_segments_{0};
  unsigned quick_left_;
  std::map<std::uint64_t, std::uint64_t> queue_;  ///< Out-of-order ranges, start to end.
  std::vector<std::uint64_t> recent_;             ///< Starts of ranges, newest first.
  Range duplicate_{};                             ///< To report once as D-SACK.
  std::uint64_t buffer_{0};
  std::uint64_t measured_from_{0};
  std::uint64_t measured_space_{10 * 1448};  ///< Most bytes a round trip brought so far.
  Instant measured_at_{};
  Instant syn_at_{};
  Nanos rtt_{
      Nanos::millis(1)};  ///< By echoed timestamps, as receivers see it; else the handshake's.
};

}  // namespace gimbal::sim
