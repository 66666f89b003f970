#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace gimbal::sim {

/// What one stack does differently from another when it receives: what it offers in its SYN, when
/// it acknowledges, how much it lets come.
struct Habits {
  std::string_view name{"linux"};
  bool timestamps{true};
  bool selective{true};  ///< SACK.
  std::uint8_t window_scale{10};
  bool scaling{true};
  unsigned ack_every{2};  ///< Segments; sooner only after `ack_delay` or out of order.
  Nanos ack_delay{Nanos::millis(40)};
  unsigned quick_acks{16};              ///< Acknowledged each at first (Linux quick-ACK mode).
  std::uint64_t buffer{65'535};         ///< Window offered at first.
  std::uint64_t buffer_max{32U << 20};  ///< Where autotuning stops.
};

/// The receivers a run may choose from, the default first.
[[nodiscard]] const std::vector<Habits>& receivers();
[[nodiscard]] std::optional<Habits> find_receiver(std::string_view name);

}  // namespace gimbal::sim
