#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "impair/direction_config.h"

namespace gimbal::sim {

/// A path by name: what is done to the data and to the acknowledgments, and what real Linux senders
/// were measured to reach on it (Mb/s, 10 s, one seed; zero: not measured).
struct Profile {
  std::string name;
  impair::DirectionConfig data;
  impair::DirectionConfig acks;
  double measured_cubic{0};
  double measured_bbr{0};
};

[[nodiscard]] const std::vector<Profile>& profiles();
[[nodiscard]] std::optional<Profile> find_profile(std::string_view name);

}  // namespace gimbal::sim
