#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "wire/segment.h"

namespace gimbal::testing {

/// A segment under construction. Converts to the `Segment` it describes, and to a whole frame with
/// valid checksums. Numbers are absolute; the window is the raw field. Every setter returns itself:
///     ack(101, 5001).sack({{6001, 7001}}).ts(20, 7)
class SegmentBuilder {
 public:
  explicit SegmentBuilder(const Segment& segment) : segment_{segment} {}

  SegmentBuilder& from(Endpoint source);
  SegmentBuilder& to(Endpoint destination);
  SegmentBuilder& vlan(std::uint16_t id);
  SegmentBuilder& window(std::uint16_t raw);
  SegmentBuilder& ts(std::uint32_t value, std::uint32_t echo);
  SegmentBuilder& mss(std::uint16_t bytes);
  SegmentBuilder& scale(std::uint8_t shift);
  SegmentBuilder& sack_ok();
  SegmentBuilder& sack(std::initializer_list<SackBlock> blocks);
  SegmentBuilder& payload(std::uint32_t length);
  SegmentBuilder& push();
  SegmentBuilder& with_fin();
  SegmentBuilder& ece();
  SegmentBuilder& ce();
  SegmentBuilder& untouchable();
  /// No acknowledgment: the flag off and the number zero.
  SegmentBuilder& no_ack();

  operator const Segment&() const { return segment_; }  // NOLINT: the builder is the segment
  [[nodiscard]] const Segment& segment() const { return segment_; }
  /// The Ethernet frame, as wire/build.h writes it.
  [[nodiscard]] std::vector<std::byte> frame() const;

 private:
  Segment segment_;
};

/// Addresses of the two hosts in tests: documentation prefixes, RFC 5737 and RFC 3849.
[[nodiscard]] Endpoint client_v4();
[[nodiscard]] Endpoint server_v4();
[[nodiscard]] Endpoint client_v6();
[[nodiscard]] Endpoint server_v6();

[[nodiscard]] SackBlock block(std::uint32_t start, std::uint32_t end);

/// Segments run from client to server, IPv4, window 65535, until told otherwise.
[[nodiscard]] SegmentBuilder syn(std::uint32_t seq);
[[nodiscard]] SegmentBuilder syn_ack(std::uint32_t seq, std::uint32_t ack);
[[nodiscard]] SegmentBuilder ack(std::uint32_t seq, std::uint32_t ack);
[[nodiscard]] SegmentBuilder data(std::uint32_t seq, std::uint32_t length, std::uint32_t ack);
[[nodiscard]] SegmentBuilder fin(std::uint32_t seq, std::uint32_t ack);
[[nodiscard]] SegmentBuilder rst(std::uint32_t seq);
[[nodiscard]] SegmentBuilder rst_ack(std::uint32_t seq, std::uint32_t ack);

/// One line: flags, seq:end(length), ack, window, options.
[[nodiscard]] std::string describe(const Segment& segment);

}  // namespace gimbal::testing
