#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "policy/actuators.h"
#include "wire/segment.h"

namespace gimbal {

/// What may be done to a flow (contract: `policy.*.mode`).
enum class Mode : std::uint8_t {
  bypass,   ///< Forward, keep nothing.
  observe,  ///< Track and judge, change nothing.
  repair,   ///< `auto`: repair as the verdict asks.
};
[[nodiscard]] std::string_view to_string(Mode mode) noexcept;  ///< "bypass", "observe", "auto".

/// Who answers for a byte (contract: `policy.*.custody`).
enum class Custody : std::uint8_t { never, when_unsteady, always };
[[nodiscard]] std::string_view to_string(Custody custody) noexcept;

/// How flows chosen by one rule are treated. Either end of the flow may match.
struct PolicyRule {
  IpAddress prefix{};           ///< Network order, IPv4-mapped for IPv4.
  std::uint8_t prefix_bits{0};  ///< 0..128 over the mapped form: an IPv4 /8 is 104. 0 matches all.
  std::uint16_t port{0};        ///< 0 matches all.
  Mode mode{Mode::repair};
  Custody custody{Custody::never};
};

struct Treatment {
  Mode mode{Mode::repair};
  Custody custody{Custody::never};
  ActuatorSet actuators{};
  friend bool operator==(const Treatment&, const Treatment&) = default;
};

/// The policy as the packet path reads it: immutable, flat, no pointers. The control plane builds a
/// new one for every change and publishes it whole; workers see `generation` move.
struct Policy {
  static constexpr std::size_t kMaxRules = 256;

  std::uint64_t generation{0};
  Mode ceiling{Mode::repair};  ///< PUT /api/v1/mode: no flow is treated above this mode.
  Treatment fallback{};        ///< `policy.default`; its actuators are every flow's.
  std::uint16_t rule_count{0};
  std::array<PolicyRule, kMaxRules> rules{};

  /// The first matching rule wins; none matching, the fallback. `ceiling` limits the mode.
  [[nodiscard]] Treatment treatment_for(const Endpoint& a, const Endpoint& b) const noexcept;
};

}  // namespace gimbal
