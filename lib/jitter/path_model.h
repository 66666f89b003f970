#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "jitter/quantiles.h"

namespace gimbal {

/// Round-trip figures of one leg, from unambiguous samples.
///
/// A queue moves the floor of the samples; jitter moves their ceiling. Samples are gathered in
/// rounds (one smoothed round trip and at least kRoundSamples samples, so that every floor rests on
/// a like number of them: a minimum over fewer samples would be biased low and read as a queue ever
/// after). floor is the 25th percentile of a round, ceiling the 90th; base is the lowest floor of
/// the last 20 to 30 s, or 40 to 60 while the floor stands above it: a longer route is accepted as
/// the new base in that time.
class PathModel {
 public:
  /// Before any sample: what the handshake showed. Zero changes nothing.
  void seed(Nanos handshake_rtt) noexcept;
  /// Returns true when the sample completed a round.
  bool add(Nanos rtt, Instant now) noexcept;

  [[nodiscard]] bool has_samples() const noexcept { return smoothed_ > Nanos{}; }
  [[nodiscard]] bool has_round() const noexcept { return rounds_ > 0; }
  [[nodiscard]] std::uint32_t rounds() const noexcept { return rounds_; }
  [[nodiscard]] Nanos smoothed() const noexcept { return smoothed_; }    ///< RFC 6298 SRTT.
  [[nodiscard]] Nanos variation() const noexcept { return variation_; }  ///< RFC 6298 RTTVAR.
  [[nodiscard]] Nanos least() const noexcept { return least_; }
  [[nodiscard]] Nanos floor() const noexcept { return floor_; }
  [[nodiscard]] Nanos ceiling() const noexcept { return ceiling_; }
  [[nodiscard]] Nanos jitter() const noexcept { return jitter_; }  ///< Smoothed ceiling - floor.
  [[nodiscard]] Nanos base() const noexcept;
  /// Floor over the most recent samples, not waiting for the round to end.
  [[nodiscard]] Nanos recent_floor() const noexcept { return recent_.quantile(0.25); }
  /// How far a floor must stand above base before it means a queue.
  [[nodiscard]] Nanos tolerance() const noexcept;
  /// The floor stands above base by more than `times` the noise: somebody's queue.
  [[nodiscard]] bool raised(std::int64_t times = 1) const noexcept;
  /// `rtt` met a queue as long as any of the last 10 to 20 s (20 to 40), and that was no short one.
  /// For paths that do not shake.
  [[nodiscard]] bool at_brim(Nanos rtt) const noexcept;
  /// A floor known to hold no queue: if it stands above base, base was too low.
  void accept_floor(Nanos floor) noexcept;
  /// Rounds in a row whose floor was raised.
  [[nodiscard]] std::uint32_t raised_rounds() const noexcept { return raised_rounds_; }

 private:
  static constexpr std::size_t kRoundSamples = 64;
  static constexpr std::size_t kLeastRoundSamples = 8;
  static constexpr std::size_t kRecentSamples = 32;
  static constexpr std::uint16_t kNoLeast = UINT16_MAX;
  static constexpr Nanos kTick = Nanos::micros(100);

  [[nodiscard]] static std::uint16_t ticks(Nanos span) noexcept;
  void close_round(Instant now) noexcept;
  void settle_base() noexcept;
  [[nodiscard]] Nanos typical_floor() const noexcept;

  Nanos smoothed_{};
  Nanos variation_{};
  Nanos least_{Nanos::max()};
  Nanos floor_{};
  Nanos ceiling_{};
  Nanos jitter_{};  ///< Smoothed ceiling - floor.
  Nanos noise_{};   ///< Smoothed change of the floor from round to round.
  Instant round_start_{};
  Instant epoch_start_{};
  // In ticks: a flow's state is memory times a million.
  std::array<std::uint16_t, 2> leasts_{kNoLeast, kNoLeast};  ///< Least sample, by epoch.
  std::array<std::uint16_t, 2> brims_{};                     ///< Highest floor, by epoch.
  Instant last_round_sample_{INT64_MIN / 2};
  Instant last_recent_sample_{INT64_MIN / 2};
  std::array<Nanos, 3> lowest_{Nanos::max(), Nanos::max(), Nanos::max()};  ///< Floors by 10 s.
  std::array<Nanos, 5> floors_{};  ///< Of the last rounds, in a ring.
  std::uint32_t rounds_{0};
  std::uint32_t raised_rounds_{0};
  SlidingQuantiles<kRoundSamples> round_;
  SlidingQuantiles<kRecentSamples> recent_;
};

}  // namespace gimbal
