#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sim/box.h"
#include "sim/congestion.h"
#include "sim/habits.h"
#include "sim/profile.h"

namespace gimbal::sim {

/// Where the box stands: before the path the data takes, or behind it (uploads).
enum class Flow : std::uint8_t { down, up };

/// A second, plain flow over the same bottleneck that does not pass the box.
struct Bystander {
  Algorithm algorithm{Algorithm::cubic};
  Nanos starts{};
};

struct Scenario {
  Profile profile;
  Algorithm algorithm{Algorithm::cubic};
  bool paced{false};  ///< Stacks pace CUBIC and Reno.
  BoxKind box{BoxKind::off};
  Flow flow{Flow::down};
  ActuatorSet actuators{};
  RepairLimits limits{};
  std::uint64_t seed{1};
  Nanos lasts{Nanos::seconds(10)};
  /// One way over the short leg: between box and sender, or box and receiver of an upload.
  Nanos near_delay{Nanos::micros(50)};
  Habits receiver{};  ///< Of the flow behind the box.
  Nanos starts{};     ///< Of the flow behind the box.
  std::vector<Bystander> bystanders;
  bool datagrams{false};  ///< A 1 Mb/s datagram stream over the same bottleneck.
  /// Bytes of a short flow; UINT64_MAX: a bulk stream as long as the run. The run ends when `flows`
  /// of them, one after another with `pause` between, are complete.
  std::uint64_t bytes{UINT64_MAX};
  std::uint32_t flows{1};
  Nanos pause{Nanos::millis(100)};
  /// Sees each frame of the main flow where the box stands, before it, with the cable it comes on.
  std::function<void(PortId, const Frame&, Instant)> tap{};
};

/// One line of a time series, taken every 10 ms.
struct Sample {
  Instant at;
  std::uint32_t window{0};  ///< Sender's congestion window, segments.
  Nanos srtt{};
  std::uint32_t in_flight{0};    ///< Segments, sender's view.
  std::uint64_t peer_window{0};  ///< Receive window the sender believes, bytes.
  double goodput_mbit{0};        ///< Over the last 10 ms.
  std::uint64_t far_window{0};   ///< The box's controller, bytes; 0: none.
  std::uint64_t queue_bytes{0};  ///< At the bottleneck.
};

struct Outcome {
  double goodput_mbit{0};
  double bystander_mbit{0};  ///< Mean of the bystanders'.
  /// While all flows ran: Mb/s of each, ours first; Jain's index of them; the share of the link's
  /// payload capacity they filled.
  std::vector<double> shares_mbit;
  double jain{0};
  double use{0};
  double datagram_p50_ms{0};
  double datagram_p99_ms{0};
  double datagrams_lost{0};  ///< Share of those sent.
  /// Short flows: from connect to the last byte read, in order; the length of the run for one that
  /// was never complete.
  std::vector<double> completions_ms;
  double rtt_p50_ms{0};  ///< Median of the sender's own RTT samples.
  std::uint64_t sender_retransmissions{0};
  std::uint64_t sender_timeouts{0};
  std::uint64_t undos{0};
  std::uint64_t local_retransmissions{0};
  std::uint64_t queue_drops{0};
  std::uint64_t random_losses{0};
  double standing_queue_ms{0};  ///< Longest queue some 200 ms never fell below, at the rate.
  std::uint64_t violations{0};  ///< Promises the witness saw broken.
  std::vector<std::string> sentences;
  bool damaged{false};        ///< The receiver read a byte that was not sent.
  WorkerCounters counters{};  ///< Of the box, at the end.
};

/// Runs one transfer to its end. Deterministic: the same scenario gives the same outcome.
[[nodiscard]] Outcome run(const Scenario& scenario,
                          const std::function<void(const Sample&)>& on_sample = {});

}  // namespace gimbal::sim
