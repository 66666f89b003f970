#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace gimbal::impair {

struct DelayTable;

enum class JitterKind : std::uint8_t {
  none,
  uniform,        ///< U[-scale, +scale].
  normal,         ///< N(0, scale): scale is the standard deviation.
  exponential,    ///< Exp: scale is the mean.
  pareto,         ///< scale * U^(-1/shape): scale is the least value, shape the tail index.
  pareto_normal,  ///< A quarter normal, three quarters centred Pareto (a = 3), as netem has it.
  table,          ///< Drawn from `table`, times scale.
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
  /// 0 to below 1: of neighbouring packets, AR(1) on the normal behind each draw, so the
  /// distribution itself stays what `kind` says.
  double correlation{0.0};
  const DelayTable* table{nullptr};  ///< table only; outlives every configuration that names it.
};

enum class LossKind : std::uint8_t {
  bernoulli,        ///< Each packet alone, with `probability`.
  gilbert_elliott,  ///< Two states; each packet may change the state, then meets its loss.
  every_nth,        ///< Exactly each `count`-th packet.
  bursts,           ///< With `probability` a packet begins a run of `count` lost ones.
};

struct Loss {
  double probability{0.0};  ///< 0 to 1.
  LossKind kind{LossKind::bernoulli};
  double to_bad{0.0};     ///< gilbert_elliott: p, chance to leave the good state, per packet.
  double to_good{1.0};    ///< gilbert_elliott: r, chance to leave the bad state, per packet.
  double good_loss{0.0};  ///< gilbert_elliott: chance of loss in the good state (1 - k).
  double bad_loss{1.0};   ///< gilbert_elliott: chance of loss in the bad state (1 - h).
  std::uint32_t count{0};

  [[nodiscard]] constexpr bool on() const noexcept {
    return kind != LossKind::bernoulli || probability > 0;
  }
};

/// The path alternates between conditions, each with a delay, jitter and loss of its own, which
/// take the place of the treatment's. Stays are exponential; the next one is drawn evenly from the
/// others.
struct Regime {
  Nanos mean_stay{};  ///< > 0.
  Nanos delay{};
  Jitter jitter{};
  Loss loss{};
};
struct Regimes {
  static constexpr std::size_t kMost = 4;
  std::size_t count{0};  ///< 0: off; else 2 to kMost.
  std::array<Regime, kMost> all{};
  [[nodiscard]] constexpr bool on() const noexcept { return count > 0; }
};

/// Every `every` the delay takes a new step, uniform in [low, high], on top of all else (a
/// satellite network plans its routes anew each 15 s). Off while `every` is zero.
struct Steps {
  Nanos every{};
  Nanos low{};
  Nanos high{};
  [[nodiscard]] constexpr bool on() const noexcept { return every > Nanos{}; }
};

/// What would leave in the first `lasting` of each `every` is held and released together, in
/// order (a dam burst). Off while either is zero.
struct Holds {
  Nanos every{};
  Nanos lasting{};
  [[nodiscard]] constexpr bool on() const noexcept { return every > Nanos{} && lasting > Nanos{}; }
};

/// Each `every`-th packet, with `probability`, leaves at once and overtakes those in delay.
struct Gap {
  std::uint32_t every{0};
  double probability{1.0};
};

/// Flips bits. With `repair` only payload bits of TCP and UDP, and the checksum is made to fit:
/// the receiver's stack does not notice.
struct Corruption {
  double probability{0.0};
  std::uint32_t bits{1};
  bool repair{false};
};

/// What happens to packets beside the bottleneck. The default changes nothing.
struct Treatment {
  Nanos delay{};  ///< One way, >= 0.
  Jitter jitter{};
  Loss loss{};
  Regimes regimes{};
  Steps steps{};
  Holds holds{};
  Gap gap{};
  double duplication{0.0};  ///< Chance that a carried packet leaves twice.
  Corruption corruption{};
  std::uint32_t mtu{0};  ///< Bytes behind the Ethernet header; larger frames are lost. 0: none.

  /// Nothing happens to any packet.
  [[nodiscard]] constexpr bool clear() const noexcept {
    return delay == Nanos{} && jitter.kind == JitterKind::none && !loss.on() && !regimes.on() &&
           !steps.on() && !holds.on() && gap.every == 0 && duplication <= 0 &&
           corruption.probability <= 0 && mtu == 0;
  }
};

}  // namespace gimbal::impair
