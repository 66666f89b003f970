#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/time.h"
#include "impair/direction.h"

namespace gimbal::sim {

/// What truly happened on a path in one interval, told by the models that did it.
struct PathSample {
  double rtt_ms{0};    ///< Data's way and the ACK's way, of the newest packets that arrived.
  double base_ms{0};   ///< Both fixed delays now in force.
  double queue_ms{0};  ///< Least wait in the bottleneck of those offered; what waits, if none were.
  std::uint32_t offered{0};        ///< Packets of every flow.
  std::uint32_t congestive{0};     ///< Dropped by a full queue, its management, or the policer.
  std::uint32_t random_losses{0};  ///< Of the watched flow, by the loss model.
  std::uint32_t overtaken{0};      ///< Data packets that leave before an earlier one.
  double data_jitter_ms{0};  ///< p90 - p10 of the delay beside the queue, over the last second,
  double ack_jitter_ms{0};   ///< and of the ACKs'.
  double dark_ms{0};         ///< Data is due and nothing has arrived for so long.
};

/// One direction, watched packet by packet.
class WayTruth {
 public:
  void admitted(const impair::Admission& fate, const impair::DirectionConfig& config,
                std::uint32_t frame_bytes, bool watched, Instant now);
  /// Takes account of everything up to `now`, and closes the interval.
  void close(Instant now, const impair::DirectionConfig& config);

  [[nodiscard]] Nanos one_way() const noexcept { return one_way_; }
  [[nodiscard]] Nanos jitter() const;
  [[nodiscard]] Nanos dark() const noexcept { return dark_; }
  [[nodiscard]] const PathSample& closed() const noexcept { return closed_; }

 private:
  struct Pending {
    Instant enqueued;
    Instant released;
  };
  struct Extra {
    Instant at;
    Nanos delay;
  };
  static constexpr Nanos kJitterWindow = Nanos::seconds(1);

  PathSample open_;
  PathSample closed_;
  Nanos least_wait_{Nanos::max()};
  Nanos one_way_{};
  Nanos dark_{};
  Instant latest_release_{INT64_MIN};  ///< Decided on so far: a smaller one overtakes.
  Instant last_arrival_{};             ///< That happened.
  Instant link_free_{};
  std::vector<Pending> pending_;
  std::deque<Extra> extras_;
};

}  // namespace gimbal::sim
