#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/rate.h"
#include "base/time.h"
#include "impair/traffic_match.h"
#include "impair/treatment.h"

namespace gimbal::impair {

class RateTrace;

/// The path freezes now and then behind the bottleneck: what would have left it during a stall
/// leaves together at the end of it, in order. The bottleneck itself goes on serving, so a stall
/// costs delay and a burst, never capacity. Off while either span is zero.
struct Stalls {
  Nanos every{};    ///< Mean of the exponential time from the end of one stall to the next.
  Nanos lasting{};  ///< Mean of the exponential length of a stall.
  [[nodiscard]] constexpr bool on() const noexcept { return every > Nanos{} && lasting > Nanos{}; }
};

/// Packets leave only at whole multiples of `period` after the start (radio scheduling,
/// interrupt moderation). Off when zero.
struct Batches {
  Nanos period{};
  [[nodiscard]] constexpr bool on() const noexcept { return period > Nanos{}; }
};

/// The last `lasting` of each `every`. As `outages`: nothing is served from the bottleneck queue,
/// which keeps filling; this costs capacity, lasting / every of it. As `flap`: what arrives then is
/// lost. Off while either is zero.
struct Outages {
  Nanos every{};
  Nanos lasting{};  ///< Shorter than `every`.
  [[nodiscard]] constexpr bool on() const noexcept { return every > Nanos{} && lasting > Nanos{}; }
};

/// A token bucket that drops what finds too few tokens (it never delays). Off while `rate` is zero.
struct Policer {
  BitRate rate{};
  std::uint32_t burst_bytes{0};  ///< Depth of the bucket; a larger frame never passes.
};

enum class AqmKind : std::uint8_t {
  none,
  codel,      ///< RFC 8289.
  threshold,  ///< Marks every ECN-capable packet that waited `target` or longer; drops nothing.
};
/// Active queue management at the bottleneck. Off without a rate or trace.
struct Aqm {
  AqmKind kind{AqmKind::none};
  Nanos target{Nanos::millis(5)};
  Nanos interval{Nanos::millis(100)};  ///< codel only.
  bool ecn{false};  ///< codel: marks ECN-capable packets instead of dropping them.
};

/// One bottleneck: a rate and the queue before it. Limits that are zero do not limit; a packet must
/// keep all the others.
struct LinkConfig {
  BitRate rate{};  ///< Zero: unlimited. Frame bytes, without preamble and check sequence.
  const RateTrace* trace{nullptr};     ///< Takes the place of `rate`; not together with outages.
  std::uint32_t queue_bytes{500'000};  ///< Drop tail, frame bytes, the frame in service included.
                                       ///< Zero: unbounded. Only a rate or an outage lets it fill.
  std::uint32_t queue_packets{0};      ///< The frame in service included.
  Nanos queue_time{};                  ///< Longest wait for service.
  Aqm aqm{};
  Outages outages{};
};

/// Packets of one kind, treated apart. With a rate or trace in `link` they have a bottleneck of
/// their own; without, they share the direction's and `link` is ignored.
struct TrafficClass {
  TrafficMatch match{};
  Treatment treatment{};
  LinkConfig link{};
};

/// All that is done to the packets of one direction. The default changes nothing.
///
/// A packet meets, in this order: flap, MTU, loss; the policer; the bottleneck (queue limits, AQM,
/// rate, outages); stalls; holds; delay, jitter, steps; batches; the order rule. Loss, MTU, holds,
/// delay and what stands in `Treatment` come from the first class that matches, else from here.
struct DirectionConfig : Treatment, LinkConfig {
  static constexpr std::size_t kMostClasses = 8;

  Stalls stalls{};
  Batches batches{};
  Outages flap{};
  Policer policer{};
  std::size_t class_count{0};
  std::array<TrafficClass, kMostClasses> classes{};

  /// No model is on: every packet leaves when it arrives. What an earlier configuration has
  /// accepted may still be ahead of it.
  [[nodiscard]] constexpr bool clear() const noexcept {
    return Treatment::clear() && rate.is_zero() && trace == nullptr && !outages.on() &&
           !stalls.on() && !batches.on() && !flap.on() && policer.rate.is_zero() &&
           class_count == 0;
  }
};

}  // namespace gimbal::impair
