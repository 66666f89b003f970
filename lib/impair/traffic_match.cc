#include "impair/traffic_match.h"

namespace gimbal::impair {
namespace {

bool in_prefix(std::span<const std::byte> address, const TrafficMatch& match) noexcept {
  const std::size_t whole = match.prefix_bits / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    if (address[i] != match.prefix[i]) return false;
  }
  const unsigned rest = match.prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::byte>(0xff00u >> rest);
  return (address[whole] & mask) == (match.prefix[whole] & mask);
}

bool prefix_holds(const TrafficMatch& match, const FrameOutline& outline,
                  std::span<const std::byte> frame) noexcept {
  if (match.ip_version == 0) return true;
  if (match.ip_version != outline.ip_version) return false;
  return in_prefix(outline.source(frame), match) || in_prefix(outline.destination(frame), match);
}

template <class Wanted, class Found>
bool holds(const std::optional<Wanted>& wanted, bool known, Found found) noexcept {
  return !wanted || (known && *wanted == found);
}

}  // namespace

bool matches(const TrafficMatch& match, const FrameOutline& outline,
             std::span<const std::byte> frame) noexcept {
  const bool ip = outline.ip_version != 0;
  const bool port = !match.port || (outline.has_ports && (*match.port == outline.source_port ||
                                                          *match.port == outline.destination_port));
  return port && holds(match.protocol, ip, outline.protocol) &&
         holds(match.dscp, ip, outline.traffic_class >> 2) &&
         holds(match.vlan, outline.tagged, outline.vlan) &&
         holds(match.teid, outline.tunnel == Tunnel::gtp, outline.tunnel_id) &&
         holds(match.vni, outline.tunnel == Tunnel::vxlan, outline.tunnel_id) &&
         prefix_holds(match, outline, frame);
}

bool sends_from(const TrafficMatch& match, const FrameOutline& outline,
                std::span<const std::byte> frame) noexcept {
  return match.ip_version == outline.ip_version && in_prefix(outline.source(frame), match);
}

}  // namespace gimbal::impair
