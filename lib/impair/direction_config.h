#pragma once

#include <cstdint>

#include "base/rate.h"
#include "base/time.h"

namespace gimbal::impair {

enum class JitterKind : std::uint8_t {
  none,
  uniform,      ///< U[-scale, +scale].
  normal,       ///< N(0, scale): scale is the standard deviation.
  exponential,  ///< Exp: scale is the mean.
  pareto,       ///< scale * U^(-1/shape): scale is the least value, shape the tail index.
};

/// What happens when a later packet draws a shorter delay than an earlier one.
enum class Order : std::uint8_t {
  fifo,     ///< It waits for the earlier one (cellular, Wi-Fi, any single queue).
  reorder,  ///< It overtakes (parallel paths, bonding, SD-WAN).
};

/// A random term added to the delay of each packet. The sum is never negative: a draw that would
/// deliver a packet before it left is cut at zero delay.
struct Jitter {
  JitterKind kind{JitterKind::none};
  Nanos scale{};      ///< >= 0; its meaning stands beside each kind.
  double shape{3.0};  ///< pareto only; > 0. The variance is infinite at 2 and below.
  Order order{Order::fifo};
};

/// Each packet is lost alone, independent of the others (Bernoulli).
struct Loss {
  double probability{0.0};  ///< 0 to 1.
};

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

/// The link is dark for the last `lasting` of each `every`: nothing is served from the bottleneck
/// queue, which keeps filling. This costs capacity: lasting / every of it. Off while either is
/// zero.
struct Outages {
  Nanos every{};
  Nanos lasting{};  ///< Shorter than `every`.
  [[nodiscard]] constexpr bool on() const noexcept { return every > Nanos{} && lasting > Nanos{}; }
};

/// All that is done to the packets of one direction. The default changes nothing.
///
/// A packet meets, in this order: loss; the bottleneck queue (rate, drop tail, outages); stalls;
/// delay and jitter; batches; the order rule.
struct DirectionConfig {
  BitRate rate{};  ///< Zero: unlimited. Frame bytes, without preamble and check sequence.
  std::uint32_t queue_bytes{500'000};  ///< Drop tail, frame bytes, the frame in service included.
                                       ///< Zero: unbounded. Only a rate or an outage lets it fill.
  Nanos delay{};                       ///< One way, >= 0.
  Jitter jitter{};
  Loss loss{};
  Stalls stalls{};
  Batches batches{};
  Outages outages{};
};

}  // namespace gimbal::impair
