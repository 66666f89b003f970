#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gimbal {

/// What the engine may do to a flow, each with a switch of its own (configuration:
/// `policy.without`), so that what it alone brings can be measured (docs/perf/).
enum class Actuator : std::uint8_t {
  withholding,           ///< Duplicate ACKs and SACK blocks of a hole being mended stay here.
  local_retransmission,  ///< Lost segments are resent from the cache.
  tail_probe,            ///< The last segment is resent after silence.
  ack_thinning,          ///< Few ACKs while the sender's window opens.
  window,                ///< The receive window steers the sender.
  pacing,                ///< Data leaves at the far leg's rate.
  resequencing,          ///< Disordered data of a near leg is put in order.
  undo_injection,        ///< D-SACKs that take a sender's needless reduction back.
  ack_stock,             ///< Custody: ACKs are banked before the window shuts, and dripped.
  prior,                 ///< A new flow starts from what its far prefix taught.
};
inline constexpr std::size_t kActuatorCount = 10;

inline constexpr std::array<std::string_view, kActuatorCount> kActuatorNames{
    "withholding", "local-retransmission", "tail-probe",     "ack-thinning", "window",
    "pacing",      "resequencing",         "undo-injection", "ack-stock",    "prior"};

/// The actuators that may be used. A plain value; all of them unless some are taken away.
class ActuatorSet {
 public:
  [[nodiscard]] constexpr bool has(Actuator actuator) const noexcept {
    return (bits_ >> static_cast<unsigned>(actuator) & 1U) != 0;
  }
  constexpr void remove(Actuator actuator) noexcept {
    bits_ = static_cast<std::uint16_t>(bits_ & ~(1U << static_cast<unsigned>(actuator)));
  }
  friend constexpr bool operator==(ActuatorSet, ActuatorSet) = default;

 private:
  std::uint16_t bits_{(1U << kActuatorCount) - 1};
};

}  // namespace gimbal
