#pragma once

#include <cstdint>

#include "base/rng.h"
#include "base/time.h"
#include "impair/jitter_process.h"
#include "impair/loss_process.h"
#include "impair/regime_process.h"
#include "impair/treatment.h"

namespace gimbal::impair {

/// The luck of one class of traffic, or of what is in no class. Each model draws from a stream of
/// its own, once per packet whatever becomes of it.
class Lane {
 public:
  Lane(std::uint64_t seed, std::uint64_t number, Instant start) noexcept;

  /// What this packet meets, decided on arrival.
  struct Plan {
    bool lost{false};
    bool duplicated{false};
    bool at_once{false};          ///< Reordering by gap: neither delay nor order rule.
    std::uint64_t corruption{0};  ///< Seed of the bits to flip; 0: none.
    Nanos delay{};                ///< With jitter and step; >= 0.
    Order order{Order::fifo};
  };
  [[nodiscard]] Plan plan(const Treatment& treatment, Instant now) noexcept;

  /// When something that would leave at `at` may leave.
  [[nodiscard]] Instant pass_hold(const Holds& holds, Instant at) const noexcept;
  /// `release_at`, or under `fifo` the latest release so far if that is later.
  [[nodiscard]] Instant keep_order(Order order, Instant release_at) noexcept;

  void restart_regimes(Instant now) noexcept { regimes_.restart(now); }

 private:
  [[nodiscard]] Nanos step(const Steps& steps, Instant now) const noexcept;
  [[nodiscard]] bool jumps(const Gap& gap) noexcept;

  Instant start_;
  std::uint64_t step_seed_;
  LossProcess loss_;
  JitterProcess jitter_;
  RegimeProcess regimes_;
  Rng gap_luck_;
  Rng duplication_luck_;
  Rng corruption_luck_;
  std::uint32_t since_gap_{0};
  Instant last_release_;
};

}  // namespace gimbal::impair
