#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/time.h"
#include "jitter/path_model.h"
#include "shaper/ack_thinner.h"
#include "shaper/courtesy.h"
#include "shaper/cubic.h"
#include "shaper/elasticity.h"
#include "shaper/lasting_peak.h"
#include "shaper/near_leg.h"
#include "shaper/repair_limits.h"

namespace gimbal {

/// How much a sender whose near leg is unsteady may have in flight there: the CUBIC it would run on
/// the steady path, told which losses count (docs/adr/0022). The sender is steered by the receive
/// window; its own window, whose stray cuts are undone, may grow beyond. While it still grows,
/// acknowledgments go to it few and far between, so that HyStart does not take jitter for a queue.
class NearControl {
 public:
  explicit NearControl(const RepairLimits& limits) noexcept : limits_{&limits} {}

  [[nodiscard]] bool active() const noexcept { return active_; }
  /// `in_flight`: what the sender had under way lately. `thin`: the actuator may be used.
  void activate(std::uint32_t in_flight, std::uint32_t mss, bool thin, Instant now) noexcept;
  /// Jitter keeps the order: acknowledgments are thinned while the sender's window grows, and
  /// nothing else is done.
  void thin_only(Instant now) noexcept {
    if (std::exchange(thinned_, true)) return;
    thinner_.begin(now);
    flat_since_ = now;
  }
  /// `bytes` came over the leg; `round_closed`: its floor is new.
  void on_arrival(std::uint32_t bytes, NearLeg& leg, bool round_closed, Instant now) noexcept;
  /// It holds the queue of the leg down itself: losses as usual are then none of the queue's doing.
  [[nodiscard]] bool rules(Instant now) const noexcept {
    return active_ && !courtesy_.competes(now);
  }
  /// Data was late, and its order is restored.
  void note_disorder() noexcept { disorder_ = true; }
  /// The sender sends in bursts: where order is kept, what it may send is let out at a pace.
  void note_bursts() noexcept { bursts_ = true; }
  [[nodiscard]] bool paces() const noexcept { return active_ && bursts_ && !disorder_; }
  /// Bytes per second at which the right edge may move on, for a leg of this round trip.
  [[nodiscard]] double pace(Nanos smoothed) const noexcept;
  /// Its own slow start goes on, or ended only just: what overflowed is its own doing, and answered
  /// by its own window.
  [[nodiscard]] bool starting(const NearLeg& leg, Instant now) const noexcept {
    return paces() && (cubic_.in_slow_start() || now - started_at_ < leg.loop() * 3);
  }
  /// The sender is left to itself; `thin`: but for what clumps do to it.
  void stop(bool thin) noexcept {
    active_ = false;
    if (!thin) thinner_.stop();
  }
  /// A loss that counts, of a gap that showed at `revealed_at`.
  void on_congestion(const NearLeg& leg, Instant revealed_at, Instant now) noexcept;

  /// Bytes the sender may have under way: never less than the pipe holds at the best rate of late,
  /// for so much leaves no queue, and what looked like one was none.
  [[nodiscard]] std::uint32_t window() const noexcept { return std::max(cubic_.window(), pipe_); }
  /// Time between two acknowledgments while thinning; zero when every one may go.
  [[nodiscard]] Nanos thin_gap(Nanos loop) const noexcept;
  /// Bytes that came in all.
  [[nodiscard]] std::uint64_t arrived() const noexcept { return arrived_; }
  /// What came in the last whole round trip.
  [[nodiscard]] std::uint32_t round_bytes() const noexcept { return last_round_; }

 private:
  /// Over the last so many round trips.
  [[nodiscard]] double mean_rate(std::size_t rounds) const noexcept;
  void count_round(std::uint32_t bytes, NearLeg& leg, Instant now) noexcept;
  [[nodiscard]] std::uint32_t in_flight_at(double rate, double pipes,
                                           const PathModel& path) const noexcept;
  [[nodiscard]] double least_pipes() const noexcept;
  void leave_slow_start(Instant now) noexcept;
  [[nodiscard]] std::uint32_t most_in_flight(const PathModel& path) const noexcept;
  void grow(std::uint32_t bytes, NearLeg& leg, bool round_closed, Instant now) noexcept;
  void weigh_round(PathModel& path, Instant now) noexcept;

  const RepairLimits* limits_;
  Cubic cubic_;
  Courtesy courtesy_;
  Elasticity elasticity_;
  LastingPeak<double, 5> peak_;  ///< Bytes per second, over a round trip.
  AckThinner thinner_;
  struct Round {
    std::uint32_t bytes{0};
    float seconds{0};
  };
  std::array<Round, 4> lately_{};  ///< The newest first.
  Instant round_start_{INT64_MIN / 2};
  Instant started_at_{INT64_MIN / 2};  ///< Slow start was over.
  Instant reduced_at_{INT64_MIN / 2};
  std::uint64_t arrived_{0};
  double proven_rate_{0};  ///< The last that was a growth.
  Instant flat_since_{INT64_MIN / 2};
  double best_rate_{0};  ///< Bytes per second, over a round trip.
  Nanos best_floor_{};   ///< Of the round trip that had it.
  std::uint32_t this_round_{0};
  std::uint32_t last_round_{0};
  std::uint32_t mss_{1448};
  std::uint32_t pipe_{0};
  std::uint8_t quiet_rounds_{0};
  std::uint8_t overflows_{0};  ///< That counted, up to kMostOverflows.
  bool active_{false};
  bool disorder_{false};
  bool bursts_{false};
  bool thinned_{false};
};

}  // namespace gimbal
