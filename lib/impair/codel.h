#pragma once

#include <cstdint>

#include "base/time.h"
#include "impair/direction_config.h"

namespace gimbal::impair {

/// CoDel (RFC 8289 5), asked once for each packet in order, with the time it waited and the time it
/// would leave. Service is virtual, so of a packet's queue only what stood before it is known:
/// instead of the rule "no drop while less than a packet is left behind it" (5.2) the caller passes
/// a target no shorter than one packet's service.
class Codel {
 public:
  enum class Verdict : std::uint8_t { pass, mark, drop };

  /// `at` must not run backwards. A packet to drop costs no service: the next one is asked about
  /// with the same `at`.
  [[nodiscard]] Verdict judge(Nanos waited, Instant at, const Aqm& aqm, Nanos target,
                              bool ecn_capable) noexcept;

 private:
  [[nodiscard]] bool above(Nanos waited, Instant at, Nanos target, Nanos interval) noexcept;
  [[nodiscard]] Instant next(Instant from, Nanos interval) const noexcept;

  bool dropping_{false};
  bool first_above_known_{false};
  Instant first_above_{};
  Instant drop_next_{};
  std::uint32_t count_{0};
  std::uint32_t last_count_{0};
};

}  // namespace gimbal::impair
