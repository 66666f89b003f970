#pragma once

#include <cstdint>
#include <string>

#include "sim/profile.h"

namespace gimbal::sim {

/// A path nobody chose: rate, round trip, queue and troubles of both directions drawn from the
/// ranges in drawn_path.cc, each by itself. The same number is always the same path, "drawn" and
/// the number. What the engine's constants were not chosen on is what shows whether they hold.
[[nodiscard]] Profile drawn_path(std::uint64_t number);

/// One line for a person: "48 Mb/s, 62 ms, queue 0.8 of the pipe, exponential 6 ms in order, 0.3 %
/// lost; ACKs: ...".
[[nodiscard]] std::string describe(const Profile& path);

}  // namespace gimbal::sim
