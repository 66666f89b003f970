#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "jitter/judge.h"
#include "jitter/path_model.h"
#include "jitter/path_prior.h"
#include "jitter/reorder_window.h"
#include "packet/fate.h"
#include "packet/packet.h"
#include "policy/actuators.h"
#include "shaper/ack_thinner.h"
#include "shaper/courtesy.h"
#include "shaper/cubic.h"
#include "shaper/custody.h"
#include "shaper/elasticity.h"
#include "shaper/left_alone.h"
#include "shaper/loss_crowd.h"
#include "shaper/loss_pattern.h"
#include "shaper/pacer.h"
#include "shaper/pending_ack.h"
#include "shaper/rate_peak.h"
#include "shaper/repair_limits.h"
#include "shaper/sender_style.h"
#include "shaper/sender_view.h"
#include "shaper/start_up.h"
#include "stats/counters.h"
#include "tcp/flight.h"
#include "wire/segment.h"

namespace gimbal {

/// What to do with a data segment from the sender.
enum class DataPlan : std::uint8_t {
  forward,           ///< Send it on now; nothing is kept.
  forward_and_keep,  ///< Send it on now; the flight holds a reference of its own.
  queue,             ///< The flight took the caller's reference; `next_transmission` will name it.
  drop_copy,         ///< The original still waits here: this copy would only run ahead of it.
  drop_claimed,      ///< We answer for these bytes: the sender has not heard so yet.
};

/// What to do with an acknowledgment from the receiver.
struct AckPlan {
  enum class Do : std::uint8_t {
    forward,
    keep,       ///< Hold it as the pending ACK, in place of the one held before.
    supersede,  ///< A newer one was shown: drop it.
    absorb,     ///< Its bytes were acknowledged early: drop it, `plan_early_ack` speaks instead.
  };
  Do what{Do::forward};
  bool hide_sack{false};
  bool edit_window{false};
  bool drop_pending{false};  ///< The pending ACK says nothing more than this one.
  std::uint16_t window{0};
  std::optional<EarlyAck> early{};  ///< Data going on with our numbers in place of its own.
};

/// What the tracker knows that an ACK plan needs.
struct AckFacts {
  bool may_edit{false};  ///< Handshake seen, options touchable.
  bool scale_known{false};
  std::uint8_t window_scale{0};  ///< Of the receiver's advertisements.
  std::uint32_t mss{1448};       ///< Payload per segment towards the receiver.
  Nanos near_rtt{};              ///< Sender's leg; zero when unknown.
  bool selective{true};          ///< The receiver sends SACK.
  bool near_hole{false};         ///< Data is missing that never reached us.
};

/// The engine of one half-flow: watches its far leg, judges it, and when it is unsteady without
/// being congested becomes the sender's proxy in timing, never in custody: it resends from its
/// cache, hides the holes it is mending, paces, and steers the sender by the receive window
/// (docs/packet-journey.md). Pure: segments and `now` in, plans out. One worker owns it.
///
/// Passive until 16 segments are in flight, or the first hole it can mend on a leg that is not
/// congested; until then the flow passes as if we were not there, and a tail probe is all it ever
/// adds. A sender that paces itself is given back, unless disorder hurts it.
class Repair {
 public:
  /// `limits` must outlive it.
  Repair(RecordArena& arena, WorkerCounters& counters, const RepairLimits& limits) noexcept
      : flight_{arena}, counters_{&counters}, limits_{&limits} {}

  /// Starts for a half-flow. `far_rtt` from the handshake, zero when unknown; `una` and
  /// `right_edge` are the highest its receiver acknowledged and advertised so far, which the sender
  /// has seen. The first data that comes may lie beyond `una`: others overtaken by it are to come.
  /// `actuators`: what it may do. `prior`: what flows of the same far prefix learned, by now.
  void begin(Nanos far_rtt, Seq32 una, Seq32 right_edge, ActuatorSet actuators, Instant now,
             const PathPrior& prior = {}) noexcept;
  /// What this half-flow has learned of its far leg; nothing known before a round was closed.
  [[nodiscard]] PathPrior learned() const noexcept;
  /// True once for every sixteen rounds closed: time to tell others.
  [[nodiscard]] bool take_lesson() noexcept;

  /// A data segment (payload or FIN) on its way to the receiver. `keep`: copies may be kept and the
  /// half-flow may be repaired; false observes only.
  [[nodiscard]] DataPlan on_data(const Segment& segment, const Packet& packet, bool keep,
                                 Instant now) noexcept;
  /// True once for a segment that the sender sent again although we mend what it missed (a tail
  /// probe or time-out while the far leg was silent): its copy is not needed, and no congestion.
  [[nodiscard]] bool take_needless_copy() noexcept {
    const bool needless = copy_needless_;
    copy_needless_ = false;
    return needless;
  }
  /// An acceptable segment with ACK from the receiver, about this half-flow's data.
  [[nodiscard]] AckPlan on_ack(const Segment& segment, const AckFacts& facts, Instant now) noexcept;
  /// How to let the pending ACK go now.
  [[nodiscard]] AckPlan plan_release(const AckFacts& facts, Instant now) noexcept;

  /// Time passed: overdue losses, tail probe, hidden hole out of budget.
  void on_timer(Instant now) noexcept;
  /// The segment to send now, or nullptr. The caller sends it (the flight keeps its reference) and
  /// reports `sent`.
  [[nodiscard]] Record* next_transmission(Instant now) noexcept;
  void sent(Record& record, std::uint32_t frame_bytes, Instant now) noexcept;
  /// When `on_timer` or `next_transmission` will have something to do.
  [[nodiscard]] Instant next_deadline() const noexcept;

  [[nodiscard]] PendingAck& pending() noexcept { return pending_; }
  [[nodiscard]] bool pending_due(Instant now) const noexcept {
    return pending_.held() && pending_.release_at <= now;
  }

  // --- custody (repair_custody.cc, docs/adr/0024) ------------------------------------------------
  /// What custody may do from here on; before the segment it came with.
  void permit_custody(const CustodyTerms& terms) noexcept { custodian_.permit(terms); }
  [[nodiscard]] bool custody_permitted() const noexcept {
    return custodian_.terms().policy != Custody::never || in_custody();
  }
  /// A segment without payload from the sender. A number behind its data asks for an answer.
  void on_bare(const Segment& segment) noexcept {
    if (in_custody() && segment.seq < nxt_) custodian_.answer();
  }
  /// The acknowledgment to make for the sender now, or nothing. The caller must send it.
  [[nodiscard]] std::optional<EarlyAck> plan_early_ack(Instant now) noexcept;
  /// Bytes were acknowledged that the receiver has not: we answer for them.
  [[nodiscard]] bool in_custody() const noexcept { return shown_ack_ > una_; }
  [[nodiscard]] std::uint32_t custody_bytes() const noexcept {
    return in_custody() ? static_cast<std::uint32_t>(shown_ack_ - una_) : 0;
  }
  /// The receiver has been silent for so long that it counts as gone (Custodian::kPatience).
  [[nodiscard]] bool custody_failed(Instant now) const noexcept {
    return in_custody() && custody_deadline() <= now;
  }
  /// Where to reset both ends: the numbers each expects next.
  struct ResetPoint {
    Seq32 to_sender;    ///< In the receiver's sequence space.
    Seq32 acked;        ///< What the sender was told.
    Seq32 to_receiver;  ///< The receiver's cumulative acknowledgment,
    Seq32 sent_end;     ///< and the end of what it was sent.
  };
  [[nodiscard]] ResetPoint reset_point() const noexcept;

  /// Stops repairing: what waits must be sent at once, nothing is hidden any more.
  void stop() noexcept;
  /// Forgets all segments; `flight().reclaim` returns the packets.
  void abort() noexcept;

  [[nodiscard]] Flight& flight() noexcept { return flight_; }
  [[nodiscard]] const Flight& flight() const noexcept { return flight_; }
  [[nodiscard]] const PathModel& path() const noexcept { return path_; }
  [[nodiscard]] const Judge& judge() const noexcept { return judge_; }
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] std::uint32_t window() const noexcept { return active_ ? cubic_.window() : 0; }
  [[nodiscard]] BitRate delivery_rate() const noexcept { return rate_; }
  [[nodiscard]] Nanos reorder_window() const noexcept;
  /// Highest right edge the sender has seen.
  [[nodiscard]] Seq32 shown_edge() const noexcept { return shown_edge_; }
  /// A right edge went past us to the sender.
  void note_edge(Seq32 edge) noexcept { shown_edge_ = max(shown_edge_, edge); }
  [[nodiscard]] Instant last_used() const noexcept { return last_used_; }

  /// What was done, for the flow's row.
  struct Deeds {
    std::uint32_t local_retransmissions{0};
    std::uint32_t tail_probes{0};
    std::uint32_t acks_withheld{0};
    std::uint32_t window_edits{0};
    std::uint32_t sender_retransmissions{0};
    std::uint32_t early_acks{0};
  };
  [[nodiscard]] const Deeds& deeds() const noexcept { return deeds_; }

 private:
  static constexpr std::uint8_t kDisorderHabit = 64;
  struct Resent {
    Seq32 seq;
    std::uint16_t length{0};
    std::uint8_t batch{0};
    bool probe : 1 {false};
    bool twin : 1 {false};  ///< Two copies left at once: one of them is needless in any case.
    [[nodiscard]] Seq32 end() const noexcept { return seq + length; }
  };

  void note_outage(Instant now) noexcept;
  /// What is lost is resent here.
  [[nodiscard]] bool mends() const noexcept {
    return (may_.has(Actuator::local_retransmission) && !sender_mends_) || in_custody();
  }
  [[nodiscard]] bool in_silence(Instant now) const noexcept;
  [[nodiscard]] bool mends_itself(const Record& record, Instant now) noexcept;
  void learn(const AckNews& news, const Segment& segment, Instant now) noexcept;
  [[nodiscard]] bool hurts_paced() const noexcept;
  [[nodiscard]] Nanos start_span(bool raised) const noexcept;
  void grow(std::uint32_t delivered, bool round_closed, Instant now) noexcept;
  void find_losses(Evidence& evidence, Instant now) noexcept;
  void consider_activation(const AckFacts& facts, Instant now) noexcept;
  void watch_style(std::uint32_t bytes, Instant now) noexcept;
  void let_go() noexcept;
  void watch_left_alone(Instant now) noexcept;
  void activate(std::uint32_t mss, Instant now) noexcept;
  /// Why losses may be a queue's doing.
  struct Signs {
    bool queue{false};  ///< The floor stands above its base.
    bool brim{false};   ///< They met the longest queue seen of late.
    bool burst{false};  ///< Far more at once than usual.
    bool crowd{false};  ///< Several, among segments that waited.
    bool lone{false};   ///< One, among such, where hardly any is lost else.
    bool spilt{false};  ///< The burst is what its own start spilt, too much to mend in time.
    [[nodiscard]] bool any() const noexcept { return queue || brim || burst || crowd || lone; }
    [[nodiscard]] bool only_queue() const noexcept {
      return queue && !brim && !burst && !crowd && !lone;
    }
    [[nodiscard]] bool only_burst() const noexcept {
      return burst && !queue && !brim && !crowd && !lone;
    }
  };
  [[nodiscard]] bool spilt_start(Instant now) const noexcept;
  [[nodiscard]] Signs signs_of_congestion(const Evidence& evidence, bool burst,
                                          Instant now) const noexcept;
  void react_to_congestion(const Evidence& evidence, bool burst, Instant now) noexcept;
  bool fold_dsack(const Segment& segment) noexcept;
  void credit_undo(std::uint32_t losses, std::uint8_t batch) noexcept;
  void undo_if_proven() noexcept;
  /// The path shakes so that senders without help suffer.
  [[nodiscard]] bool hurts_others() const noexcept;
  void expose() noexcept;
  [[nodiscard]] bool can_mend_front() const noexcept;
  [[nodiscard]] AckPlan plan_active(const Segment& segment, const AckFacts& facts, bool own_dsack,
                                    Instant now) noexcept;
  void shape_window(AckPlan& plan, const Segment& segment, const AckFacts& facts) noexcept;
  void show(const AckPlan& plan, const Segment& segment, const AckFacts& facts,
            Instant now) noexcept;
  [[nodiscard]] Seq32 reach() const noexcept;
  [[nodiscard]] std::uint32_t queue_allowance() const noexcept;
  [[nodiscard]] bool wants_custody() const noexcept;
  [[nodiscard]] bool may_claim(Instant now) const noexcept;
  [[nodiscard]] AckPlan plan_in_custody(const Segment& segment, Instant now) noexcept;
  [[nodiscard]] Instant custody_deadline() const noexcept;
  [[nodiscard]] Nanos probe_pause(Nanos patience) const noexcept;
  [[nodiscard]] Record* probe_record() noexcept;
  [[nodiscard]] bool probe_is_harmless() const noexcept;
  [[nodiscard]] bool may_resend(const Record& record) const noexcept;
  void count_custody(bool before) noexcept;
  /// Nothing shakes yet and the window still opens: the sender's own clock is as good as ours.
  [[nodiscard]] bool follows_sender() const noexcept;
  [[nodiscard]] bool paces() const noexcept;
  [[nodiscard]] Nanos thin_gap() const noexcept;
  [[nodiscard]] Instant hide_deadline() const noexcept;
  void set_pace() noexcept;
  [[nodiscard]] Nanos probe_delay() const noexcept;
  void arm_probe(Instant now) noexcept;
  [[nodiscard]] Instant silence_deadline() const noexcept;
  [[nodiscard]] Record* next_retransmission(Instant now) noexcept;
  /// This copy must not be lost: its hole would outlast what the sender can bear.
  [[nodiscard]] bool wants_twin(const Record& record, Instant now) const noexcept;
  [[nodiscard]] std::size_t newest_resent() const noexcept {
    return (resent_next_ + resent_.size() - 1) % resent_.size();
  }

  Flight flight_;
  WorkerCounters* counters_;
  const RepairLimits* limits_;
  ActuatorSet may_{};
  PathModel path_;
  Judge judge_;
  ReorderWindow reorder_;
  Cubic cubic_;
  Pacer pacer_;
  SenderView sender_;
  StartUp start_up_;
  LossPattern pattern_;
  LossCrowd crowd_;
  Courtesy courtesy_;
  Elasticity elasticity_;
  AckThinner thinner_;
  SenderStyle style_;
  LeftAlone left_alone_;
  Custodian custodian_;
  PendingAck pending_;
  BitRate rate_;
  RatePeak peak_;
  Deeds deeds_;
  std::uint32_t mss_{1448};
  Seq32 nxt_;  ///< End of the data that came from the sender.
  Seq32 una_;
  Seq32 shown_ack_;
  Seq32 shown_edge_;
  Seq32 recovery_point_;               ///< End of what was in flight at the last reduction.
  Seq32 expose_until_;                 ///< While una_ is behind this, nothing is hidden.
  Seq32 needless_until_;               ///< Copies of data before this answer a silence.
  std::uint32_t most_outstanding_{0};  ///< What the sender ever had out.
  std::uint32_t undo_credits_{0};  ///< D-SACKs that would show the last reduction was for nothing.
  std::uint32_t flight_peak_{0};   ///< Largest pipe of this round: what the sender's window was,
  std::uint32_t flight_peak_before_{0};  ///< and of the one before: this one may have just begun.
  std::uint32_t resent_recently_{0};
  std::uint32_t spurious_recently_{0};
  Instant loss_deadline_{Instant::never()};
  Instant probe_at_{Instant::never()};
  Nanos latest_rtt_{};   ///< What the segments around the newest losses took.
  Nanos probe_delay_{};  ///< Learned from probes that answered a delayed ACK.
  Instant next_thinned_{};
  Instant next_reduction_{};
  Instant reduced_at_{INT64_MIN / 2};
  Instant crowded_at_{INT64_MIN / 2};  ///< When losses last came in a crowd.
  Instant limited_at_{INT64_MIN / 2};
  Instant oldest_unshown_{Instant::never()};  ///< Arrival of the oldest byte acked, not shown so.
  Instant last_used_{};
  Instant outage_end_{INT64_MIN / 2};   ///< What was sent before went into an outage.
  Instant unsteady_at_{INT64_MIN / 2};  ///< When the verdict last said so.
  std::uint16_t frame_overhead_{66};
  std::uint16_t told_rounds_{0};  ///< Rounds closed when others were told last, modulo 2^16.
  std::uint8_t undo_batch_{0};    ///< Losses the last reduction was for,
  std::uint8_t latest_batch_{0};  ///< and the newest ones (Record::loss_batch).
  std::uint8_t probes_{0};
  std::uint8_t resent_into_hole_{0};  ///< By the sender, since the last acknowledgment.
  std::uint8_t disorder_{0};          ///< Late originals outside outages, up to kDisorderHabit.
  std::uint8_t quiet_rounds_{0};      ///< Rounds in a row whose floor stood at its base.
  std::uint8_t strays_below_{0};      ///< Runs of losses at a smaller window since a reduction.
  std::uint8_t resent_next_{0};
  // One bit each: a flow's state is memory times a million.
  /// Every copy proved needless; waits for the doubt about others to go.
  bool undo_due_ : 1 {false};
  /// The sender paces itself by a model of the path.
  bool hands_off_ : 1 {false};
  /// Slow start ended by delay, or a loss that delay made count, and nothing else.
  bool left_by_delay_ : 1 {false};
  /// HyStart would have been told of something by now.
  bool shaken_ : 1 {false};
  /// The last reduction was for how many were lost, and that alone.
  bool cut_by_burst_ : 1 {false};
  bool active_ : 1 {false};
  bool keep_ : 1 {false};
  bool seen_data_ : 1 {false};
  bool selective_ : 1 {true};  ///< The receiver sends SACK.
  bool seen_ack_ : 1 {false};
  bool exposed_ : 1 {false};
  bool sender_mends_ : 1 {false};  ///< Alone, what it is shown.
  bool copy_needless_ : 1 {false};
  bool probe_due_ : 1 {false};
  bool sending_probe_ : 1 {false};
  bool twin_due_ : 1 {false};
  bool sending_twin_ : 1 {false};
  std::array<Resent, 19> resent_{};
};

}  // namespace gimbal
