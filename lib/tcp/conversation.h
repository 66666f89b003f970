#pragma once

#include <array>
#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"
#include "tcp/fsm.h"
#include "tcp/side.h"

namespace gimbal {

/// A short span in 32 bits: whole microseconds, at most 71 minutes, saturating. For values kept
/// per flow a million times over.
class ShortSpan {
 public:
  constexpr ShortSpan() noexcept = default;
  explicit constexpr ShortSpan(Nanos span) noexcept : us_{clamp(span.count() / 1'000)} {}
  [[nodiscard]] constexpr Nanos nanos() const noexcept { return Nanos::micros(us_); }
  [[nodiscard]] constexpr bool is_zero() const noexcept { return us_ == 0; }

 private:
  static constexpr std::uint32_t clamp(std::int64_t us) noexcept {
    if (us < 0) return 0;
    return us > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(us);
  }
  std::uint32_t us_{0};
};

/// A round-trip time of one leg. Zero: not measured yet.
struct RttEstimate {
  Nanos smoothed{};  ///< Gain 1/8, RFC 6298 2.3.
  Nanos lowest{};
};

/// One direction of data: the state of the side that sends it, the receiver's promises to it, and
/// what we measured of both legs. worker: rw, nobody else.
///
/// All sequence numbers are of this direction's data. `una <= nxt` always; `right_edge` never
/// retreats. Without a window scale known from the handshake `window` and `right_edge` are lower
/// bounds (the raw field, unscaled).
struct HalfFlow {
  Seq32 isn;                ///< Sequence number of the SYN; mid-stream: of the first byte seen.
  Seq32 una;                ///< Highest cumulative acknowledgment the receiver sent.
  Seq32 nxt;                ///< Highest sequence end the sender sent.
  Seq32 right_edge;         ///< Highest acknowledgment plus window the receiver ever advertised.
  Seq32 retransmit_high;    ///< Bytes of [una, this) were or may have been sent twice (Karn).
  Seq32 fin_seq;            ///< Sequence number of the FIN; valid when `fin_seen`.
  Seq32 hole_start;         ///< The oldest gap in the data that passed: [hole_start, hole_end);
  Seq32 hole_end;           ///< equal when there is none.
  std::uint32_t window{0};  ///< Bytes, scaled: the receiver's newest advertisement.
  std::uint32_t max_window{0};  ///< Largest of them: MAX.SND.WND of RFC 5961 5.2.
  std::uint32_t ts_value{0};    ///< Newest TSval of the sender. Valid when `timestamps`.
  std::uint32_t ts_echo{0};     ///< Newest TSecr of the sender: a lower bound of its TS.Recent.
  std::uint32_t ts_anchor{0};   ///< First TSval, at `first_seen + ts_anchor_age`.
  ShortSpan ts_anchor_age{};
  ShortSpan ts_tick{};        ///< Learned length of a tick of the sender's clock; zero: unknown.
  std::uint32_t segments{0};  ///< With payload, copies included.
  std::uint32_t retransmissions{0};  ///< Of those, copies of bytes that had passed before.
  std::uint32_t reordered{0};        ///< Of those, first copies that passed late.
  std::uint16_t mss{536};            ///< Largest payload the receiver takes (RFC 9293 3.7.1).
  std::uint16_t dup_acks{0};         ///< In a row, RFC 5681; saturates.
  std::uint8_t window_scale{0};      ///< Shift of the receiver's windows; true when `scale_known`.
  bool seen : 1 {false};             ///< The sender itself was heard: `nxt` is its word.
  bool scale_known : 1 {false};      ///< Both SYNs were seen: the shift is certain (0: not agreed).
  bool scale_offered : 1 {false};    ///< The receiver's SYN carried a window scale.
  bool sack_permitted : 1 {false};   ///< Both SYNs agreed; mid-stream: a SACK was seen.
  bool echo_known : 1 {false};       ///< `ts_echo` is valid.
  bool timestamps : 1 {false};       ///< The sender sends timestamps.
  bool fin_seen : 1 {false};
  bool zero_window : 1 {false};    ///< The receiver's newest window is zero.
  bool window_known : 1 {false};   ///< The receiver advertised a window at least once.
  bool challenge_due : 1 {false};  ///< A refused segment passed: its receiver answers with an ACK.
  bool far_mark_set : 1 {false};
  bool near_mark_set : 1 {false};
  Seq32 far_mark;              ///< End of the one data segment being timed.
  std::uint32_t near_mark{0};  ///< The receiver's TSval being timed until the sender echoes it.
  std::uint64_t bytes{0};      ///< Payload that passed, copies included.
  Instant far_mark_at{};
  Instant near_mark_at{};
  RttEstimate near{};  ///< Appliance to the sender and back, from timestamps echoed.
  RttEstimate far{};   ///< Appliance to the receiver and back, from first copies acknowledged.

  /// Sequence space sent and not acknowledged.
  [[nodiscard]] constexpr std::uint32_t in_flight() const noexcept {
    return static_cast<std::uint32_t>(nxt - una);
  }
  [[nodiscard]] constexpr bool fin_acked() const noexcept { return fin_seen && una > fin_seq; }
};

/// A TCP connection as its witness knows it. A plain value, made by `Conversation{}` and folded
/// forward by `observe` (tracker.h); copying it is a snapshot.
struct Conversation {
  std::array<HalfFlow, kSideCount> halves{};  ///< By the side that sends the data.
  /// By the side whose SYN was timed, SYN to its acknowledgment: the leg to the other side. Zero
  /// when a copy of the SYN made it ambiguous.
  std::array<ShortSpan, kSideCount> handshake_rtt{};
  Instant first_seen{};
  Instant last_seen{};  ///< Of a segment that was believed: forgeries do not keep a flow alive.
  TcpState state{TcpState::closed};
  bool midstream{false};    ///< The handshake was not seen: observed, never repaired.
  bool untouchable{false};  ///< MD5, TCP-AO or MPTCP: never edited.
  bool closed{false};       ///< Over: RST believed, or both FINs acknowledged.

  /// Data sent by `side`.
  [[nodiscard]] constexpr HalfFlow& half(Side side) noexcept { return halves[index(side)]; }
  [[nodiscard]] constexpr const HalfFlow& half(Side side) const noexcept {
    return halves[index(side)];
  }
};

// A million idle flows share 1 GB with the flow table and the engine's own state.
static_assert(sizeof(Conversation) <= 320);

/// How long a conversation may be silent before it is forgotten. Forgetting is harmless to the
/// connection (its next packet is taken up mid-stream) but ends repair, so the limits are generous
/// where a quiet connection is normal and short where a flood could fill the table.
[[nodiscard]] Nanos idle_limit(const Conversation& conversation) noexcept;

}  // namespace gimbal
