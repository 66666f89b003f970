#include "side_rule.h"

#include <algorithm>

namespace gimbal::impair {

PortId SideRule::operator()(std::span<const std::byte> frame) {
  if (hosts_of_a_) {
    // Both ends of a packet match a prefix; here only its sender counts.
    const FrameOutline outline = parse_outline(frame);
    return outline.ip_version != 0 && sends_from(*hosts_of_a_, outline, frame) ? PortId::lan
                                                                               : PortId::wan;
  }
  Mac to{};
  Mac from{};
  if (frame.size() < to.size() + from.size()) return PortId::lan;
  std::copy_n(frame.begin(), to.size(), to.begin());
  std::copy_n(frame.begin() + to.size(), from.size(), from.begin());
  if (const auto sender = known_.find(from); sender != known_.end()) return sender->second;
  const auto receiver = known_.find(to);
  const PortId port = known_.empty()             ? PortId::lan
                      : receiver != known_.end() ? opposite(receiver->second)
                                                 : PortId::wan;
  known_.emplace(from, port);
  return port;
}

}  // namespace gimbal::impair
