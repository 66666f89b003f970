#include "sim/frame.h"

#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal::sim {

Frame encode(const Segment& segment, std::span<const std::byte> payload) {
  Segment meaning = segment;
  meaning.payload_length = static_cast<std::uint32_t>(payload.size());
  Frame frame(kMaxBuiltHeader + payload.size());
  frame.resize(build_segment_frame(frame, meaning, {}, payload));
  return frame;
}

std::optional<Segment> decode(const Frame& frame) {
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp) return std::nullopt;
  if (!tcp_checksum_ok(frame, segment)) return std::nullopt;
  return segment;
}

}  // namespace gimbal::sim
