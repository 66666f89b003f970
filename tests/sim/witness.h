#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "packet/packet.h"
#include "sim/scoreboard.h"
#include "wire/segment.h"

namespace gimbal::sim {

/// Stands on both cables of the box and holds every frame that leaves against those that came
/// (engine.md, invariants 1, 2, 3, 5, 7 and 8, with custody 4). Data comes on one cable, its
/// acknowledgments on the other; the payload is the simulator's stream. Knows nothing of the box.
/// The one exception to "SACK blocks shown are blocks received" is the D-SACK of undo injection:
/// for data that came late into a gap and that the receiver reported, once for each arrival.
class Witness {
 public:
  struct Config {
    bool bit_exact{false};          ///< Bypass and observe: output equals input.
    bool custody{false};            ///< Bytes may be acknowledged early, and then wait for good.
    PortId data_from{PortId::lan};  ///< The cable the data arrives on.
    Nanos cap{Nanos::millis(100)};  ///< Longest hold.
    Nanos slack{Nanos::millis(2)};  ///< Timer grain of the box on top.
  };
  explicit Witness(const Config& config) : config_{config} {}

  void arrived(PortId port, std::span<const std::byte> frame, Instant now);
  void left(PortId port, std::span<const std::byte> frame, Instant now);
  /// The run is over: what has not left by now was lost by the box.
  void finish(Instant now);
  /// Records a broken promise; for the box's own account too.
  void blame(Instant now, const std::string& sentence);

  /// One sentence per broken promise, the first few; `violations` counts all.
  [[nodiscard]] const std::vector<std::string>& sentences() const noexcept { return sentences_; }
  [[nodiscard]] std::uint64_t violations() const noexcept { return violations_; }
  /// Data frames that left without having just come: the box's own retransmissions.
  [[nodiscard]] std::uint64_t local_copies() const noexcept { return local_copies_; }
  [[nodiscard]] Nanos longest_data_hold() const noexcept { return longest_hold_; }

 private:
  struct Waiting {
    Instant since;
    std::uint64_t order;
    std::uint64_t end;
  };
  struct Control {
    Instant since;
    Seq32 seq;
    PortId port;
  };
  struct News {
    Instant since;
    std::uint64_t ack;
  };
  struct Shown {
    Seq32 ack;
    std::uint16_t window;
  };
  /// One connection, numbers as stream offsets of its data.
  struct Flow {
    Seq32 data_initial{};
    bool known{false};
    std::uint8_t ack_scale{0};
    std::uint64_t arrivals{0};
    std::uint64_t highest_in{0};
    std::uint64_t fin_in{0};     ///< Where the data ends, once a FIN said so.
    std::uint64_t newest_in{0};  ///< Start of the newest segment with payload.
    std::uint32_t data_ts{0};    ///< Newest TSval of the data, and of its acknowledgments.
    std::uint32_t ack_ts{0};
    bool reset{false};                         ///< The sender was told that the connection is over.
    std::map<std::uint64_t, Waiting> waiting;  ///< Data that came and has not left, by offset.
    std::map<std::uint64_t, unsigned> copies;  ///< Sender's own retransmissions, not yet left.
    std::map<std::uint64_t, std::uint64_t> came;         ///< Union of the data that came.
    std::multimap<std::uint64_t, std::uint64_t> filled;  ///< Late arrivals that filled a gap.
    std::uint64_t ack_in{0};
    std::uint64_t ack_out{0};
    std::uint64_t edge_in{0};
    std::uint64_t edge_out{0};
    std::deque<News> news;                            ///< Advancing ACKs not yet shown.
    std::map<std::uint64_t, std::uint64_t> reported;  ///< Union of SACK blocks received.
    std::deque<Shown> recent_in;
    std::vector<Control> control;
  };

  Flow& flow_of(const Segment& segment, PortId came_on);
  void arrived_data(Flow& flow, const Segment& segment, Instant now);
  void arrived_ack(Flow& flow, const Segment& segment, Instant now);
  void left_data(Flow& flow, const Segment& segment, std::span<const std::byte> frame, Instant now);
  void left_ack(Flow& flow, const Segment& segment, Instant now);
  void left_control(Flow& flow, PortId came_on, const Segment& segment, Instant now);
  void check_blocks(Flow& flow, const Segment& segment, std::uint64_t ack, Instant now);
  [[nodiscard]] static bool is_undo(Flow& flow, Range range, std::uint64_t ack,
                                    std::optional<Range> second);
  void check_timestamps(Flow& flow, PortId came_on, const Segment& segment, Instant now);
  void check_edge(Flow& flow, const Segment& segment, std::uint64_t ack, Instant now);
  [[nodiscard]] Nanos limit() const noexcept { return config_.cap + config_.slack; }
  void check_holds(Flow& flow, Instant now);
  void check_exact(PortId port, std::span<const std::byte> frame, Instant now);

  Config config_;
  std::map<std::uint32_t, Flow> flows_;
  std::deque<std::vector<std::byte>> expected_[kPortCount];  ///< Bit-exact mode, by output port.
  std::vector<std::string> sentences_;
  std::uint64_t violations_{0};
  std::uint64_t local_copies_{0};
  Nanos longest_hold_{};
};

}  // namespace gimbal::sim
