#pragma once

#include <cstdint>

#include "base/time.h"
#include "jitter/path_model.h"
#include "shaper/ack_thinner.h"
#include "shaper/courtesy.h"
#include "shaper/cubic.h"
#include "shaper/elasticity.h"
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
  /// `bytes` came. `path` is the near leg's; `round_closed`: its floor is new.
  void on_arrival(std::uint32_t bytes, PathModel& path, bool round_closed, Instant now) noexcept;
  /// It holds the queue of the leg down itself: losses as usual are then none of the queue's doing.
  [[nodiscard]] bool rules(Instant now) const noexcept {
    return active_ && !cubic_.in_slow_start() && !courtesy_.competes(now);
  }
  /// The sender is left to itself.
  void stop() noexcept { active_ = false; }
  /// A loss that counts.
  void on_congestion(const PathModel& path, Instant now) noexcept;

  [[nodiscard]] std::uint32_t window() const noexcept { return cubic_.window(); }
  /// Time between two acknowledgments while thinning; zero when every one may go.
  [[nodiscard]] Nanos thin_gap(const PathModel& path) const noexcept;
  /// What came in the last whole round trip.
  [[nodiscard]] std::uint32_t round_bytes() const noexcept { return last_round_; }

 private:
  void count_round(std::uint32_t bytes, PathModel& path, Instant now) noexcept;
  [[nodiscard]] std::uint32_t most_in_flight(const PathModel& path) const noexcept;
  void grow(std::uint32_t bytes, PathModel& path, bool round_closed, Instant now) noexcept;
  void weigh_round(PathModel& path, Instant now) noexcept;

  const RepairLimits* limits_;
  Cubic cubic_;
  Courtesy courtesy_;
  Elasticity elasticity_;
  AckThinner thinner_;
  Instant round_start_{INT64_MIN / 2};
  Instant next_reduction_{INT64_MIN / 2};
  Instant reduced_at_{INT64_MIN / 2};
  std::uint64_t arrived_{0};
  double best_rate_{0};  ///< Bytes per second, over a round trip.
  Nanos best_floor_{};   ///< Of the round trip that had it.
  std::uint32_t this_round_{0};
  std::uint32_t last_round_{0};
  std::uint32_t mss_{1448};
  std::uint8_t quiet_rounds_{0};
  std::uint8_t flat_rounds_{0};  ///< Round trips in a row that brought no higher rate.
  bool active_{false};
};

}  // namespace gimbal
