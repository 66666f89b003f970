#include "pipeline/burst.h"

namespace gimbal {

namespace {
/// Frames ahead of the one being parsed whose headers are fetched.
constexpr std::size_t kAhead = 4;
}  // namespace

void parse_burst(std::span<const Packet> packets, FlowDirectory& flows, Burst& burst) noexcept {
  for (std::size_t i = 0; i < packets.size() && i < kAhead; ++i)
    __builtin_prefetch(packets[i].data);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i + kAhead < packets.size()) __builtin_prefetch(packets[i + kAhead].data);
    BurstItem& item = burst.items[i];
    item.packet = packets[i];
    item.kind = parse_frame(packets[i].bytes(), item.segment);
    if (item.kind != FrameKind::tcp) continue;
    item.key = make_flow_key(item.segment, item.reversed);
    item.hash = flows.hash_of(item.key);
    flows.table().prefetch(item.hash);
  }
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const BurstItem& item = burst.items[i];
    if (item.kind != FrameKind::tcp) continue;
    if (const Flow* flow = flows.table().prefetch_flow(item.hash); flow != nullptr) {
      const auto* line = reinterpret_cast<const std::byte*>(flow);
      for (std::size_t at = 64; at < sizeof(Flow); at += 64) __builtin_prefetch(line + at);
    }
  }
}

Fate fate_of(FrameKind kind) noexcept {
  switch (kind) {
    case FrameKind::not_ip:
      return Fate::pass_not_ip;
    case FrameKind::not_tcp:
      return Fate::pass_not_tcp;
    case FrameKind::fragment:
      return Fate::pass_fragment;
    case FrameKind::ip_extension:
      return Fate::pass_ip_extension;
    case FrameKind::vlan_stack:
      return Fate::pass_vlan_stack;
    case FrameKind::malformed:
      return Fate::pass_malformed;
    case FrameKind::tcp:
      break;
  }
  return Fate::pass_tracked;
}

}  // namespace gimbal
