// Any bytes as a frame: nothing may be read or written outside them, what is found must lie inside
// them, and no edit may make a right TCP checksum wrong or a wrong one right.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "unit/wire/naive_checksum.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/edit.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

void check_inside(std::span<const std::byte> frame, const Segment& s) {
  GIMBAL_CHECK(s.l3_offset >= 14 && s.l4_offset >= s.l3_offset + 20);
  GIMBAL_CHECK(s.payload_offset >= s.l4_offset + 20 && s.payload_offset <= s.l4_offset + 60);
  GIMBAL_CHECK(s.payload_offset + s.payload_length <= frame.size());
  GIMBAL_CHECK(s.options.sack_count <= 4 && s.options.window_scale <= 14);
  GIMBAL_CHECK((s.options.sack_offset == 0) == (s.options.sack_count == 0));
  GIMBAL_CHECK(s.end() - s.seq == static_cast<std::int32_t>(s.sequence_length()));
  GIMBAL_CHECK(!s.is_pure_ack() || s.sequence_length() == 0);
}

/// Edits chosen by the frame itself, so that the fuzzer can steer them.
void check_edits(std::vector<std::byte> frame, Segment segment) {
  const bool ok = tcp_checksum_ok(frame, segment);
  GIMBAL_CHECK(ok == naive_tcp_checksum_ok(frame));
  const auto still = [&] {
    Segment again;
    GIMBAL_CHECK(parse_frame(frame, again) == FrameKind::tcp);
    GIMBAL_CHECK(again.ack == segment.ack && again.window == segment.window);
    GIMBAL_CHECK(again.payload_length == segment.payload_length);
    GIMBAL_CHECK(naive_tcp_checksum_ok(frame) == ok);
    return again;
  };
  apply_window(frame, segment, static_cast<std::uint16_t>(segment.seq.raw()));
  still();
  apply_ack(frame, segment, segment.seq + segment.payload_length);
  still();
  const bool only_sack = !segment.options.malformed;
  apply_sack_removal(frame, segment);
  GIMBAL_CHECK(still().options.sack_count == 0 || !only_sack);
  write_tcp_checksum(frame, segment);
  GIMBAL_CHECK(naive_tcp_checksum_ok(frame));
}

/// What was understood can be said again, and then means the same.
void check_rebuilt(const Segment& segment) {
  std::vector<std::byte> frame(kMaxBuiltHeader + segment.payload_length);
  frame.resize(build_segment_frame(frame, segment));
  if (frame.empty()) return;
  Segment again;
  GIMBAL_CHECK(parse_frame(frame, again) == FrameKind::tcp);
  GIMBAL_CHECK(again.source == segment.source && again.destination == segment.destination);
  GIMBAL_CHECK(again.seq == segment.seq && again.end() == segment.end());
  GIMBAL_CHECK(std::memcmp(&again.flags, &segment.flags, sizeof(again.flags)) == 0);
  GIMBAL_CHECK(again.options.ts_value == segment.options.ts_value);
  GIMBAL_CHECK(naive_tcp_checksum_ok(frame));
}

}  // namespace
}  // namespace gimbal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gimbal;
  // A copy of exactly this size, so that the address sanitizer sees its end.
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const std::vector<std::byte> frame(bytes, bytes + size);
  Segment segment;
  const FrameKind kind = parse_frame(frame, segment);
  GIMBAL_CHECK(to_string(kind) != "?");
  if (kind != FrameKind::tcp) return 0;
  check_inside(frame, segment);
  check_edits(frame, segment);
  check_rebuilt(segment);
  return 0;
}
