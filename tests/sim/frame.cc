#include "sim/frame.h"

#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal::sim {

namespace {

/// An Ethernet address for each host, so that a capture shows which end a frame came from.
MacAddress mac_of(const IpAddress& address) {
  const auto& b = address.bytes;
  return {0x02, 0, b[12], b[13], b[14], b[15]};
}

}  // namespace

Frame encode(const Segment& segment, std::span<const std::byte> payload) {
  Segment meaning = segment;
  meaning.payload_length = static_cast<std::uint32_t>(payload.size());
  Frame frame(kMaxBuiltHeader + payload.size());
  frame.resize(build_segment_frame(frame, meaning,
                                   {.destination = mac_of(segment.destination.address),
                                    .source = mac_of(segment.source.address)},
                                   payload));
  return frame;
}

std::optional<Segment> decode(const Frame& frame) {
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp) return std::nullopt;
  if (!tcp_checksum_ok(frame, segment)) return std::nullopt;
  return segment;
}

}  // namespace gimbal::sim
