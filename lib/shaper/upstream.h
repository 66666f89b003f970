#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/fixed_vector.h"
#include "policy/actuators.h"
#include "shaper/gap_list.h"
#include "shaper/lateness.h"
#include "shaper/near_clumps.h"
#include "shaper/near_control.h"
#include "shaper/near_leg.h"
#include "shaper/near_style.h"
#include "shaper/paced_edge.h"
#include "shaper/pending_ack.h"
#include "shaper/repair_limits.h"
#include "shaper/resequencer.h"
#include "shaper/shown_ack.h"
#include "shaper/undo_ledger.h"
#include "stats/counters.h"
#include "wire/segment.h"

namespace gimbal {

/// What the tracker knows that the near leg's engine needs.
struct UpstreamFacts {
  ActuatorSet actuators{};
  Nanos near_rtt{};  ///< Of the handshake; zero when unknown.
  bool sack_permitted{false};
  bool timestamps{false};  ///< Both ends send them.
  bool scale_known{false};
  std::uint8_t window_scale{0};  ///< Of the receiver's advertisements.
  Seq32 right_edge;              ///< The highest shown to the sender so far.
};

/// The engine of one half-flow's near leg: the path its data took before we saw it. Nothing lost
/// there can be resent here; what it repairs is order, and the sender's mistaken belief that a
/// stray loss was congestion (docs/adr/0021, 0022). Pure: segments and `now` in, plans out. One
/// worker owns it.
class Upstream {
 public:
  Upstream(HoldSlots& slots, WorkerCounters& counters, const RepairLimits& limits) noexcept
      : limits_{&limits}, control_{limits}, resequencer_{slots}, counters_{&counters} {}

  /// Starts for a half-flow whose next data is expected at `nxt`.
  void begin(const UpstreamFacts& facts, Seq32 nxt) noexcept;

  enum class Arrival : std::uint8_t {
    pass,   ///< Send it on, then what `release` names.
    hold,   ///< It is kept here; the packet's reference was taken.
    flush,  ///< Send all that is held first (`flush`), then this.
  };
  /// A data segment (payload or FIN) came over the near leg. `may_hold`: packet memory is left.
  [[nodiscard]] Arrival on_data(const Segment& segment, const Packet& packet, bool may_hold,
                                Instant now) noexcept;
  /// Held data that may leave now; its reference goes to the caller.
  [[nodiscard]] std::optional<Packet> release(Instant now) noexcept;
  /// Held data in order, waiting for nothing.
  [[nodiscard]] std::optional<Packet> flush() noexcept;

  /// An acknowledgment for the sender may wait: nothing but its cumulative number is news, and the
  /// last one went only just. Its release time; never() when it must not.
  [[nodiscard]] Instant may_wait(const Segment& segment, Instant now) noexcept;
  /// The acknowledgment that waits, at most one: a newer one says all it says.
  [[nodiscard]] PendingAck& pending() noexcept { return pending_; }
  /// The window to show with it, or what it has.
  [[nodiscard]] std::uint16_t plan_shown_window(const Segment& segment, Instant now) noexcept;
  /// The raw window to say again with the last acknowledgment, now: data comes in, but waits here
  /// for order, and so its receiver says nothing. Without it the sender stops and starts, in bursts
  /// as long as the holds.
  [[nodiscard]] std::optional<std::uint16_t> plan_window_update(Instant now) noexcept;
  [[nodiscard]] ShownAck& shown() noexcept { return shown_; }
  void on_window_update(std::uint16_t window, Instant now) noexcept;
  /// The TSecr to show with it, when it ends a recovery that was for nothing: that of an original.
  /// To its sender the hole was then filled by a late original (RFC 3522), which takes the
  /// reduction back even where a copy got lost, or is still under way, and so no D-SACK can be.
  [[nodiscard]] std::optional<std::uint32_t> plan_echo(const Segment& segment) noexcept;
  /// An acknowledgment goes to the sender now.
  void on_shown(const Segment& segment, Instant now) noexcept;
  /// The blocks an acknowledgment must carry to pay one D-SACK owed: the D-SACK first (RFC 2883),
  /// the block around it if the cumulative number is below, then the receiver's own. Empty when
  /// nothing is owed that `segment` reports.
  using Blocks = FixedVector<SackBlock, 4>;
  [[nodiscard]] Blocks pay_dsack(const Segment& segment) noexcept;
  /// The sender's copy of what the far leg's engine mends itself was needless: it is told so, and
  /// takes back what it did about it.
  void owe(SackBlock copy) noexcept;
  [[nodiscard]] bool owes() const noexcept { return !ledger_.empty(); }

  /// What the receiver lacks may be this leg's doing: a gap was let through, or one was filled by a
  /// retransmission lately, whose newer timestamp makes the receiver refuse originals behind it.
  [[nodiscard]] bool explains_hole(Instant now) const noexcept {
    if (repaired_at_ + near_.path().smoothed() * 8 > now) return true;
    return !gaps_.empty() && gaps_.front().start < resequencer_.next();
  }
  [[nodiscard]] bool holds() const noexcept { return !resequencer_.empty() || pending_.held(); }
  [[nodiscard]] Instant next_deadline() const noexcept {
    Instant next = resequencer_.empty() ? Instant::never() : resequencer_.deadline(window());
    if (pending_.held()) next = min(next, pending_.release_at);
    return edge_due() ? min(next, update_at_) : next;
  }
  [[nodiscard]] const NearControl& control() const noexcept { return control_; }
  [[nodiscard]] const NearLeg& near() const noexcept { return near_; }
  /// How long a gap is waited for.
  [[nodiscard]] Nanos window() const noexcept;

 private:
  /// True when the segment is a retransmission that filled a gap.
  bool note_arrival(const Segment& segment, Instant now) noexcept;
  bool note_filled(const Gap& gap, const Segment& segment, Instant now) noexcept;
  void answer_copy(const Gap& gap, const Segment& segment, Instant now) noexcept;
  void note_silence(Instant now) noexcept;
  [[nodiscard]] bool ran_over_in_silence(const Gap& gap, Instant now) const noexcept;
  [[nodiscard]] bool came_late(const Gap& gap, const Segment& segment, Instant now) const noexcept;
  [[nodiscard]] std::uint32_t missing(Instant now) const noexcept;
  void steer(const Segment& segment, std::uint32_t fresh, bool round_closed, Instant now) noexcept;
  /// Jitter keeps the order.
  [[nodiscard]] bool clumped() const noexcept {
    return late_seen_ == 0 && clumps_.shaken() && near_.path().smoothed() >= kLeastLeg;
  }
  /// A leg too short for HyStart to mind what shakes it; slow timestamp clocks look like clumps
  /// there.
  static constexpr Nanos kLeastLeg = Nanos::millis(4);
  /// Where the sender's window ends now.
  [[nodiscard]] Seq32 edge(Instant now) noexcept;
  [[nodiscard]] bool steers() const noexcept {
    return control_.active() && facts_.actuators.has(Actuator::window) && facts_.scale_known;
  }
  /// The edge moves on before anything else happens.
  [[nodiscard]] bool edge_due() const noexcept {
    return control_.paces() && steers() && !shown_.empty() &&
           paced_edge_.moves(nxt_ + control_.window());
  }
  [[nodiscard]] NearStyle::Tells tells(Instant now) const noexcept;
  void watch_style(const Segment& segment, Instant now) noexcept;

  UpstreamFacts facts_{};
  const RepairLimits* limits_;
  NearLeg near_;
  NearControl control_;
  NearStyle style_;
  NearClumps clumps_;
  Lateness lateness_;
  PendingAck pending_;
  ShownAck shown_;
  Instant update_at_{INT64_MIN / 2};  ///< The window may be shown again.
  PacedEdge paced_edge_;
  GapList gaps_;
  UndoLedger ledger_;
  Resequencer resequencer_;
  WorkerCounters* counters_;
  Seq32 nxt_;  ///< End of the data that came.
  Seq32 shown_edge_;
  Seq32 shown_ack_;
  Instant next_thinned_{INT64_MIN / 2};
  std::uint32_t late_seen_{0};
  std::uint32_t strays_seen_{0};
  Seq32 episode_end_;  ///< What the sender had sent when it began the recovery we watch.
  Instant repaired_at_{INT64_MIN / 2};      ///< A retransmission filled a gap.
  Instant first_repair_{Instant::never()};  ///< The first did.
  // An engine begins with the first trouble: how long the leg was silent before, nobody knows.
  Instant arrived_at_{INT64_MIN / 2};   ///< Data came last.
  Instant silence_end_{INT64_MIN / 2};  ///< It came again after the leg had been silent.
  std::uint32_t mss_{536};
  std::uint32_t original_ts_{0};  ///< TSval of data sent before this recovery's copies.
  std::uint8_t echoes_left_{0};   ///< Acknowledgments after its end that still show it.
  bool in_episode_{false};
  bool forgiving_{false};  ///< This recovery's copies are answered.
  bool ran_over_{false};   ///< This recovery mends what an outage made run over.
};

}  // namespace gimbal
