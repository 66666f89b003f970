#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tcp/side.h"

namespace gimbal {

/// The state of a connection as a passive witness between the ends can know it. The names are those
/// of RFC 9293 3.3.2; where two ends differ, the name is that of the side it begins with.
enum class TcpState : std::uint8_t {
  closed,             ///< Nothing seen yet.
  syn_sent,           ///< The client's SYN passed.
  simultaneous_open,  ///< Both SYNs passed, neither is acknowledged (RFC 9293 figure 8).
  syn_received,       ///< A SYN-ACK passed, its acknowledgment did not.
  established,
  client_fin_wait_1,  ///< The client's FIN passed, unacknowledged; the server may still send.
  client_fin_wait_2,  ///< The client's FIN is acknowledged; the server may still send.
  server_fin_wait_1,
  server_fin_wait_2,
  closing,          ///< Both FINs passed, neither is acknowledged.
  client_last_ack,  ///< Both FINs passed; only the client's waits for its acknowledgment.
  server_last_ack,
  time_wait,   ///< Both FINs are acknowledged: over, kept for late copies.
  reset,       ///< A believable RST passed: over.
  unexpected,  ///< Only a cell of the table, never a connection's state.
};
inline constexpr std::size_t kTcpStateCount = 14;  ///< Real states: `unexpected` not counted.

[[nodiscard]] std::string_view to_string(TcpState state) noexcept;

/// What a segment means to the state table. A segment may be two events in a row: its
/// acknowledgment first (`ack` or `ack_of_fin`), then its FIN.
enum class SegmentEvent : std::uint8_t {
  syn,
  syn_ack,
  ack,         ///< ACK set; does not cover the other side's FIN.
  ack_of_fin,  ///< ACK set; covers the other side's FIN.
  fin,
  rst,
  other,  ///< A combination of flags no TCP sends: no ACK outside the handshake, SYN with FIN ...
};
inline constexpr std::size_t kSegmentEventCount = 7;

[[nodiscard]] std::string_view to_string(SegmentEvent event) noexcept;

/// One look into the table: the state after `event` was seen from `from`. `unexpected` says the
/// state stays and the segment is not to be believed. `closed` out of an ended state says that the
/// SYN opens another connection over the same ports.
[[nodiscard]] TcpState next_state(TcpState state, Side from, SegmentEvent event) noexcept;

}  // namespace gimbal
