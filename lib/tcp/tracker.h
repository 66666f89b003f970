#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "tcp/conversation.h"
#include "wire/segment.h"

namespace gimbal {

/// What a segment is, in the one word that matters most; the flags of `Observation` say the rest.
enum class SegmentKind : std::uint8_t {
  handshake_syn,
  handshake_syn_ack,
  data,               ///< Payload that had not passed before, late (`fills_hole`) or new.
  retransmission,     ///< Payload that had passed before, wholly.
  pure_ack,           ///< No payload; acknowledges something new.
  duplicate_ack,      ///< RFC 5681 2: same ack, same window, no payload, data outstanding; or, with
                      ///< SACK, any window (RFC 6675 2).
  window_update,      ///< No payload, same ack, another window.
  idle_ack,           ///< No payload, same ack, same window, nothing outstanding.
  keepalive,          ///< Sequence just before `una`, 0 or 1 byte (RFC 9293 3.8.4).
  zero_window_probe,  ///< 0 or 1 byte against a closed window (RFC 9293 3.8.6.1).
  fin,                ///< With or without payload, first or copy.
  rst,                ///< Believed when `acceptable`; else its receiver will challenge it.
  challenge_ack,      ///< The answer to a segment that was refused (RFC 5961).
  old_ack,            ///< Below `una`: overtaken by a newer one.
  out_of_window,      ///< Refused: sequence, acknowledgment or timestamp outside what can be.
  midstream,          ///< First packet of a flow whose handshake was not seen.
  port_reuse,         ///< A SYN over an ended connection: see `observe`.
  unexpected,         ///< Refused: flags the state does not allow.
};
inline constexpr std::size_t kSegmentKindCount = 18;

[[nodiscard]] std::string_view to_string(SegmentKind kind) noexcept;

/// What one segment told us. `from` is its sender: the segment's payload belongs to half(from), its
/// acknowledgment, window and SACK to half(opposite(from)). Fields behind a false `has_` are zero.
struct Observation {
  Nanos near_rtt{};  ///< Sample for half(from).near.
  Nanos far_rtt{};   ///< Sample for half(opposite(from)).far. Both time the leg to `from`'s host.
  SackBlock dsack{};
  std::uint32_t newly_acked{0};  ///< Sequence space, SYN and FIN included.
  std::uint32_t new_bytes{0};    ///< Sequence space beyond the old `nxt`.
  SegmentKind kind{SegmentKind::unexpected};
  bool acceptable : 1 {false};  ///< False: nothing but `challenge_due` changed; pass it untouched.
  bool retransmission : 1 {false};  ///< Its sequence space had passed before (data, SYN, FIN).
  bool fills_hole : 1 {false};      ///< First copy that passed late, or the sender's own repair.
  bool opens_hole : 1 {false};      ///< Starts beyond `nxt`: something is missing before it.
  bool window_changed : 1 {false};  ///< The advertised window differs from the one before.
  bool zero_window : 1 {false};     ///< It advertises a zero window.
  bool late_timestamp : 1 {false};  ///< TSval older than one that passed: sent earlier, or PAWS.
  bool ece : 1 {false};             ///< ECE outside the handshake.
  bool ce : 1 {false};              ///< Congestion experienced, marked in the IP header.
  bool application_limited : 1 {false};  ///< A short segment with PSH: the sender had no more.
  bool starts_established : 1 {false};
  bool ends : 1 {false};  ///< The flow is over now: RST believed, or the second FIN acknowledged.
  bool has_near_rtt : 1 {false};
  bool has_far_rtt : 1 {false};
  bool has_dsack : 1 {false};  ///< `dsack` came twice at the receiver (RFC 2883 4).
};

/// Folds one segment, seen at `now` between the two ends, into the conversation.
///
/// Pure: no clock, no allocation, no global; the same calls give the same answers. A segment
/// outside the windows (RFC 9293 3.10.7.4, RFC 5961, RFC 7323 5) or not allowed by the state
/// changes nothing but the `challenge_due` mark, and is never a reason to drop it: the ends judge
/// for themselves.
///
/// `port_reuse` changes nothing either. The caller forgets what it keeps for the old connection,
/// then observes the segment again as `Side::client` of a fresh `Conversation{}`: the roles may
/// have swapped.
///
/// RST: believed when its sequence number lies in [una, nxt]. The receiver's RCV.NXT, which RFC
/// 5961 3.2 asks to be matched exactly, is somewhere in there: the ACK that would tell may be under
/// way. Beyond nxt the receiver answers with a challenge ACK, so we wait for the RST that follows
/// it.
Observation observe(Conversation& conversation, Side from, const Segment& segment,
                    Instant now) noexcept;

}  // namespace gimbal
