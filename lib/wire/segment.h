#pragma once

#include <array>
#include <cstdint>

#include "base/seq32.h"
#include "wire/address.h"

namespace gimbal {

/// TCP control bits as they stand in byte 13 of the header (RFC 9293 3.1), plus AE (RFC 9768).
struct TcpFlags {
  bool fin : 1, syn : 1, rst : 1, psh : 1, ack : 1, urg : 1, ece : 1, cwr : 1, ae : 1;
};

/// A range of sequence space [start, end), RFC 2018.
struct SackBlock {
  Seq32 start;
  Seq32 end;
  friend constexpr bool operator==(SackBlock, SackBlock) noexcept = default;
};

/// The options of one segment, by meaning. Fields whose `has_` is false are zero.
struct TcpOptions {
  std::uint32_t ts_value{0};     ///< TSval, RFC 7323.
  std::uint32_t ts_echo{0};      ///< TSecr.
  std::uint16_t mss{0};          ///< 0 when absent.
  std::uint8_t window_scale{0};  ///< Shift, at most 14 (larger is read as 14, RFC 7323 2.3).
  std::uint8_t sack_count{0};    ///< How many of `sack` are meaningful, 0..4.
  std::uint8_t sack_offset{0};   ///< Offset of the SACK option from the TCP header; 0 when absent.
  bool has_timestamps : 1 {false};
  bool has_window_scale : 1 {false};
  bool sack_permitted : 1 {false};
  bool untouchable : 1 {false};  ///< MD5 (19), TCP-AO (29), MPTCP (30): the flow is never edited.
  bool malformed : 1 {false};    ///< A length its kind cannot have or running past the header, or
                                 ///< SACK twice; options before it are kept.
  std::array<SackBlock, 4> sack{};
};

/// The meaning of one TCP segment: what tracker and engine judge by. Host order throughout; no
/// pointer into the frame. Offsets say where an editor finds the fields again.
struct Segment {
  Endpoint source;
  Endpoint destination;
  Seq32 seq;
  Seq32 ack;                        ///< Meaningful when `flags.ack`.
  std::uint32_t payload_length{0};  ///< From the IP length, never from the frame's padding.
  std::uint16_t window{0};          ///< As on the wire, before scaling.
  std::uint16_t vlan{0};            ///< VLAN id of the one tag; 0 when untagged.
  std::uint16_t l3_offset{0};       ///< Frame offset of the IP header.
  std::uint16_t l4_offset{0};       ///< Frame offset of the TCP header.
  std::uint16_t payload_offset{0};  ///< Frame offset of the first payload byte.
  std::uint8_t ecn{0};              ///< The two ECN bits of the IP header (3 is CE).
  TcpFlags flags{};
  TcpOptions options;

  /// Sequence space this segment occupies: payload plus one for SYN and one for FIN.
  [[nodiscard]] constexpr std::uint32_t sequence_length() const noexcept {
    return payload_length + (flags.syn ? 1U : 0U) + (flags.fin ? 1U : 0U);
  }
  [[nodiscard]] constexpr Seq32 end() const noexcept { return seq + sequence_length(); }
  [[nodiscard]] constexpr bool is_pure_ack() const noexcept {
    return flags.ack && payload_length == 0 && !flags.syn && !flags.fin && !flags.rst;
  }
};

}  // namespace gimbal
