#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probe/recorder.h"
#include "probe/result.h"

namespace gimbal::probe {

/// Judges one direction of numbered, stamped datagrams as they arrive. The sender's and the
/// receiver's clocks need not agree: only differences of transit times are used. What clocks drift
/// apart during a run shows as delay variation (20 ppm are 1.2 ms a minute).
class UdpArrivals {
 public:
  /// Datagrams one direction may have: a number and a transit time of each are kept.
  static constexpr std::uint64_t kMostPackets = 4'000'000;

  /// `way` begins the names: "up", "down".
  UdpArrivals(std::string way, Clock::time_point origin);

  void observe(std::uint64_t number, std::uint64_t sent_ns, Clock::time_point now, bool right);

  /// Adds to `result` the metrics WAY_delay_variation (transit time above the least seen, the
  /// one-way ipdv of RFC 3393 against the minimum), WAY_jitter (RFC 3550 6.4.1, after each
  /// datagram), WAY_reorder (how many later ones had arrived before a late one), WAY_loss_run
  /// (datagrams lost in a row), and the counters and figures of the direction. `sent`: how many the
  /// sender says it sent.
  void summarize(std::uint64_t sent, RunResult& result) const;

  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  /// The estimate of RFC 3550 as it stands, nanoseconds.
  [[nodiscard]] double jitter_ns() const noexcept { return jitter_ns_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  [[nodiscard]] std::uint64_t reordered() const noexcept { return reordered_; }

 private:
  struct Arrival {
    Clock::time_point when;
    std::int64_t transit_ns;
  };

  std::string way_;
  Clock::time_point origin_;
  std::vector<bool> seen_;  ///< By number.
  std::vector<Arrival> arrivals_;
  Recorder jitter_;
  Histogram distance_;
  double jitter_ns_{0};
  std::int64_t last_transit_ns_{0};
  std::uint64_t next_expected_{0};  ///< RFC 4737 3.3: one more than the highest seen.
  std::uint64_t received_{0};       ///< Without duplicates.
  std::uint64_t duplicates_{0};
  std::uint64_t reordered_{0};
  std::uint64_t mismatches_{0};
};

}  // namespace gimbal::probe
