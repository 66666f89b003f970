#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <span>

#include "impair/traffic_match.h"
#include "packet/packet.h"

namespace gimbal::impair {

/// Which port of the emulator a captured frame arrived on. By a prefix: frames from there arrive on
/// a, all others on b. Else as a bridge learns: the first frame comes from a, an address known
/// stays on its side, and who sends to a known address is on the other side.
class SideRule {
 public:
  explicit SideRule(std::optional<TrafficMatch> hosts_of_a) : hosts_of_a_{hosts_of_a} {}
  PortId operator()(std::span<const std::byte> frame);

 private:
  using Mac = std::array<std::byte, 6>;

  std::optional<TrafficMatch> hosts_of_a_;
  std::map<Mac, PortId> known_;
};

}  // namespace gimbal::impair
