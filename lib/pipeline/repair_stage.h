#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "packet/fate.h"
#include "packet/packet.h"
#include "pipeline/custody_frames.h"
#include "pipeline/flow_directory.h"
#include "pipeline/opening_window.h"
#include "pipeline/outbox.h"
#include "pipeline/upstream_stage.h"
#include "tcp/tracker.h"
#include "wire/edit.h"
#include "wire/segment.h"

namespace gimbal {

/// Carries out what the engines plan: the one place where plans become edits, holds and
/// transmissions. Glue only; every decision is in lib/shaper.
template <PacketIo Io>
class RepairStage {
 public:
  RepairStage(Io& io, FlowDirectory& flows, Outbox<Io>& outbox, WorkerCounters& counters) noexcept
      : io_{&io},
        flows_{&flows},
        outbox_{&outbox},
        counters_{&counters},
        upstream_{io, flows, outbox, counters} {}

  /// A believed segment of a flow that is observed or repaired. Takes the packet's reference.
  void process(Flow& flow, Side from, Packet packet, Segment& segment, const Observation& seen,
               Instant now) noexcept {
    pass(flow, from, packet, segment, seen, now);
    for (const Side sender : {Side::client, Side::server}) speak_early(flow, sender, now);
  }

  /// The flow's timer fired.
  void on_timer(Flow& flow, Instant now) noexcept {
    for (const Side sender : {Side::client, Side::server}) {
      Repair* engine = flows_->engine(flow, sender);
      if (engine == nullptr) continue;
      if (engine->custody_failed(now)) return surrender(flow, now);
      engine->on_timer(now);
      upstream_.on_timer(flow, sender, now, carrier(flow, sender, true, now));
      if (engine->pending_due(now)) release_pending(flow, sender, *engine, now);
      pump(*engine, now);
      speak_early(flow, sender, now);
      if (engine->flight().empty() && !engine->pending().held() && !holds(flow, sender) &&
          now - engine->last_used() >= kEngineRest)
        flows_->give_back_engine(flow, sender, now);
    }
  }

  /// Data of `from` that waits for what it had overtaken waits no longer.
  void release_disordered(Flow& flow, Side from, Instant now) noexcept {
    upstream_.release_all(flow, from, now, carrier(flow, from, true, now));
  }
  /// Everything held for the flow leaves now, in order; its engines repair no more.
  void release_all(Flow& flow, Instant now) noexcept {
    for (const Side sender : {Side::client, Side::server}) {
      Repair* engine = flows_->engine(flow, sender);
      if (engine == nullptr) continue;
      engine->stop();
      upstream_.release_all(flow, sender, now, carrier(flow, sender, false, now));
      flush_waiting(*engine, now);
      if (engine->pending().held()) release_pending(flow, sender, *engine, now);
    }
  }
  /// As `release_all`, then forgets what was cached and gives the engines back. For flows that are
  /// over, or that hold nothing in custody.
  void dissolve(Flow& flow, Instant now) noexcept {
    release_all(flow, now);
    for (const Side sender : {Side::client, Side::server}) {
      Repair* engine = flows_->engine(flow, sender);
      if (engine == nullptr) continue;
      engine->abort();
      reclaim(*engine);
      flows_->give_back_engine(flow, sender, now);
    }
  }

  /// As `dissolve`; a connection with bytes in custody is reset at both ends, for they can no
  /// longer be delivered (docs/adr/0024).
  void surrender(Flow& flow, Instant now) noexcept {
    for (const Side sender : {Side::client, Side::server}) {
      Repair* engine = flows_->engine(flow, sender);
      if (engine == nullptr || !engine->in_custody()) continue;
      counters_->add(Counter::custody_resets);
      const Packet along = engine->flight().empty() ? Packet{} : engine->flight().front().packet;
      if (along.handle == nullptr) continue;
      const CustodyResets resets = custody_resets(flow, sender, engine->reset_point());
      send_built(resets.to_sender, macs_back(along), along.port);
      for (const Segment& reset : resets.to_receiver)
        send_built(reset, macs_along(along), opposite(along.port));
    }
    dissolve(flow, now);
  }
  /// Bytes acknowledged early are outstanding: the flow must be carried to the end.
  [[nodiscard]] bool in_custody(const Flow& flow) const noexcept {
    for (const Side sender : {Side::client, Side::server}) {
      const Repair* engine = flows_->engine(flow, sender);
      if (engine != nullptr && engine->in_custody()) return true;
    }
    return false;
  }

  [[nodiscard]] std::uint32_t cached() const noexcept { return cached_; }

 private:
  /// Fairness among flows: the rest follows at the next turn.
  static constexpr int kPumpBurst = 64;

  void pass(Flow& flow, Side from, Packet packet, Segment& segment, const Observation& seen,
            Instant now) noexcept {
    const bool repairs = flow.treatment.mode == Mode::repair && may_edit(flow);
    Fate fate = repairs ? Fate::pass_tracked : passive_fate(flow);
    if (seen.kind == SegmentKind::rst || segment.flags.syn) {
      // Whatever waits goes first: a reset must not overtake the data before it.
      release_all(flow, now);
      outbox_->push(opposite(packet.port), packet, Fate::pass_control);
      return;
    }
    if (Repair* own = flows_->engine(flow, from); own != nullptr && segment.is_pure_ack())
      own->on_bare(segment);
    // Probes and challenges are questions to the other end's stack: never held, never merged.
    const bool probe = seen.kind == SegmentKind::keepalive ||
                       seen.kind == SegmentKind::zero_window_probe ||
                       seen.kind == SegmentKind::challenge_ack;
    if (probe) {
      if (segment.flags.ack) {
        upstream_.note_shown(flow, opposite(from), segment, now);
        note_edge(flow, opposite(from), segment);
      }
      outbox_->push(opposite(packet.port), packet, Fate::pass_control);
      return;
    }
    if (segment.flags.ack && !acknowledge(flow, from, packet, segment, repairs, fate, now)) return;
    if (segment.sequence_length() == 0)
      return upstream_.show(flow, opposite(from), packet, segment, seen,
                            repairs && passive(flow, opposite(from)), fate, now);
    if (segment.flags.ack) upstream_.show_beside(flow, opposite(from), packet, segment, now);
    const bool room = cached_ + flows_->packets_held() < flows_->memory().cache_packets;
    upstream_.arrive(flow, from, packet, segment, seen, repairs, room, fate, now,
                     carrier(flow, from, repairs, now));
  }

  static bool may_edit(const Flow& flow) noexcept {
    return !flow.conversation.midstream && !flow.conversation.untouchable;
  }
  static Fate passive_fate(const Flow& flow) noexcept {
    if (flow.conversation.untouchable) return Fate::pass_untouchable;
    if (flow.conversation.midstream) return Fate::pass_midstream;
    return Fate::pass_observed;
  }
  AckFacts facts_of(const Flow& flow, Side sender, Instant now) const noexcept {
    const HalfFlow& half = flow.conversation.half(sender);
    AckFacts facts;
    facts.may_edit = may_edit(flow) && flow.treatment.mode == Mode::repair;
    facts.scale_known = half.scale_known;
    facts.window_scale = half.window_scale;
    facts.mss = half.mss;
    facts.near_rtt = half.near.smoothed;
    facts.selective = half.sack_permitted;
    const Upstream* near = flows_->upstream(flow, sender);
    facts.near_hole = near != nullptr ? near->explains_hole(now) : half.hole_start != half.hole_end;
    return facts;
  }

  /// The acknowledgment part. Returns false when the packet was taken (held or dropped).
  bool acknowledge(Flow& flow, Side from, Packet& packet, Segment& segment, bool repairs,
                   Fate& fate, Instant now) noexcept {
    const Side sender = opposite(from);
    Repair* engine = flows_->engine(flow, sender);
    if (engine == nullptr) {
      if (take_rein(flow, sender, packet, segment, repairs)) fate = Fate::pass_edited;
      return true;
    }
    permit_custody(flow, sender, *engine);
    const AckPlan plan = engine->on_ack(segment, facts_of(flow, sender, now), now);
    if (engine->take_lesson()) flows_->remember(flow, sender, *engine, now);
    reclaim(*engine);
    pump(*engine, now);
    if (!repairs) return true;
    PendingAck& pending = engine->pending();
    if (plan.drop_pending && pending.held()) drop_pending(pending);
    switch (plan.what) {
      case AckPlan::Do::forward:
        if (edit(plan, packet, segment)) fate = Fate::pass_edited;
        return true;
      case AckPlan::Do::supersede:
        counters_->count(Fate::held_ack_superseded);
        io_->release(packet);
        return false;
      case AckPlan::Do::absorb:
        counters_->count(Fate::held_claimed_ack);
        io_->release(packet);
        return false;
      case AckPlan::Do::keep:
        if (pending.held()) drop_pending(pending);
        pending.packet = packet;
        pending.segment = segment;
        return false;
    }
    return true;
  }

  /// An acknowledgment that passes as it came: no later one may show less (RFC 9293 3.8.6).
  void note_edge(Flow& flow, Side sender, const Segment& segment) noexcept {
    const HalfFlow& half = flow.conversation.half(sender);
    const std::size_t side = index(sender);
    if (!half.scale_known) return;
    const Seq32 edge =
        segment.ack + (static_cast<std::uint32_t>(segment.window) << half.window_scale);
    if (Repair* engine = flows_->engine(flow, sender)) return engine->note_edge(edge);
    if (flow.edge_shown[side]) flow.shown_edges[side] = max(flow.shown_edges[side], edge);
  }
  /// An acknowledgment of data that has not begun. Returns true when it was edited.
  bool take_rein(Flow& flow, Side sender, const Packet& packet, Segment& segment,
                 bool repairs) noexcept {
    const std::uint16_t window = show_opening_window(flow, sender, segment, repairs);
    if (window == segment.window) return false;
    apply_window(packet.bytes(), segment, window);
    counters_->add(Counter::window_edits);
    return true;
  }

  /// The far leg's engine leaves acknowledgments alone.
  [[nodiscard]] bool passive(const Flow& flow, Side sender) noexcept {
    const Repair* far = flows_->engine(flow, sender);
    return far != nullptr && !far->active();
  }
  [[nodiscard]] bool holds(const Flow& flow, Side sender) noexcept {
    const Upstream* near = flows_->upstream(flow, sender);
    return near != nullptr && near->holds();
  }
  /// What the near leg's engine lets go on goes to `carry`.
  auto carrier(Flow& flow, Side from, bool repairs, Instant now) noexcept {
    return
        [this, &flow, from, repairs, now](const Packet& packet, const Segment& segment, Fate fate) {
          carry(flow, from, packet, segment, repairs, fate, now);
        };
  }

  /// The data part. Takes the packet.
  void carry(Flow& flow, Side from, const Packet& packet, const Segment& segment, bool repairs,
             Fate fate, Instant now) noexcept {
    Repair* engine = flows_->engine_for(flow, from, now);
    if (engine == nullptr) {
      outbox_->push(opposite(packet.port), packet, repairs ? Fate::pass_uncached : fate);
      return;
    }
    const bool keep = repairs && cached_ < flows_->memory().cache_packets;
    if (!keep || segment.flags.urg) flush_waiting(*engine, now);
    if (repairs && !keep) counters_->add(Counter::cache_refused);
    permit_custody(flow, from, *engine);
    const DataPlan plan = engine->on_data(segment, packet, keep, now);
    if (engine->take_needless_copy()) owe_undo(flow, from, segment, now);
    switch (plan) {
      case DataPlan::forward:
        flush_waiting(*engine, now);
        outbox_->push(opposite(packet.port), packet, repairs && !keep ? Fate::pass_uncached : fate);
        return;
      case DataPlan::forward_and_keep:
        io_->retain(packet);
        ++cached_;
        outbox_->push(opposite(packet.port), packet, fate);
        return;
      case DataPlan::queue:
        ++cached_;
        if (segment.flags.urg) flush_waiting(*engine, now);
        pump(*engine, now);
        return;
      case DataPlan::drop_copy:
        counters_->count(Fate::held_queued_copy);
        io_->release(packet);
        return;
      case DataPlan::drop_claimed:
        counters_->count(Fate::held_claimed_copy);
        io_->release(packet);
        return;
    }
  }

  /// The sender's copy was needless. What its own leg lost is no doing of the far one's silence.
  void owe_undo(Flow& flow, Side from, const Segment& segment, Instant now) noexcept {
    Upstream* near = flows_->upstream(flow, from);
    if (near != nullptr && !near->explains_hole(now)) near->owe({segment.seq, segment.end()});
  }

  /// Half of what is free, so that many flows share what is left and none takes it all.
  void permit_custody(const Flow& flow, Side sender, Repair& engine) const noexcept {
    if (flow.treatment.custody == Custody::never && !engine.custody_permitted()) return;
    const std::uint32_t most = flows_->memory().cache_packets;
    engine.permit_custody(custody_terms(flow, sender, (most - std::min(most, cached_)) / 2));
  }
  void speak_early(const Flow& flow, Side sender, Instant now) noexcept {
    Repair* engine = flows_->engine(flow, sender);
    if (engine == nullptr) return;
    const auto early = engine->plan_early_ack(now);
    if (!early) return;
    const Packet& data = engine->flight().front().packet;
    if (data.handle == nullptr) return;
    const Segment segment = early_ack_segment(flow, sender, *early);
    if (Upstream* near = flows_->upstream(flow, sender)) near->on_shown(segment, now);
    send_built(segment, macs_back(data), data.port);
  }
  void send_built(const Segment& segment, const MacAddresses& macs, PortId out) noexcept {
    std::optional<Packet> packet = io_->allocate(kMaxBuiltHeader);
    if (!packet) return counters_->add(Counter::cache_refused);
    packet->length =
        static_cast<std::uint32_t>(build_segment_frame(packet->bytes(), segment, macs));
    packet->port = opposite(out);
    outbox_->push_copy(out, *packet);
  }

  void pump(Repair& engine, Instant now) noexcept {
    for (int i = 0; i < kPumpBurst; ++i) {
      Record* record = engine.next_transmission(now);
      if (record == nullptr) return;
      transmit(engine, *record, now);
    }
  }
  void flush_waiting(Repair& engine, Instant now) noexcept {
    while (Record* record = engine.flight().next_waiting()) transmit(engine, *record, now);
  }
  void transmit(Repair& engine, Record& record, Instant now) noexcept {
    const Packet packet = record.packet;
    const bool first = record.delivery == Delivery::waiting;
    if (packet.handle != nullptr) {
      io_->retain(packet);
      if (first) {
        outbox_->push(opposite(packet.port), packet, Fate::pass_paced);
      } else {
        outbox_->push_copy(opposite(packet.port), packet);
      }
    }
    engine.sent(record, packet.length, now);
  }

  void release_pending(Flow& flow, Side sender, Repair& engine, Instant now) noexcept {
    PendingAck& pending = engine.pending();
    const AckPlan plan = engine.plan_release(facts_of(flow, sender, now), now);
    edit(plan, pending.packet, pending.segment);
    upstream_.show(flow, sender, pending.packet, pending.segment, {}, false, Fate::pass_released,
                   now);
    pending = PendingAck{};
  }
  void drop_pending(PendingAck& pending) noexcept {
    counters_->count(pending.advances ? Fate::held_ack_superseded : Fate::held_duplicate_ack);
    io_->release(pending.packet);
    pending.packet = Packet{};
  }

  bool edit(const AckPlan& plan, const Packet& packet, Segment& segment) noexcept {
    if (plan.early) {
      apply_early(*plan.early, packet, segment);
      return true;
    }
    bool edited = false;
    if (plan.hide_sack && segment.options.sack_count > 0) {
      apply_sack_removal(packet.bytes(), segment);
      counters_->add(Counter::sack_edits);
      edited = true;
    }
    if (plan.edit_window && plan.window != segment.window) {
      apply_window(packet.bytes(), segment, plan.window);
      edited = true;
    }
    return edited;
  }

  static void apply_early(const EarlyAck& early, const Packet& packet, Segment& segment) noexcept {
    apply_sack_removal(packet.bytes(), segment);
    apply_ack(packet.bytes(), segment, early.ack);
    apply_window(packet.bytes(), segment, early.window);
    if (early.has_timestamps) apply_timestamp_echo(packet.bytes(), segment, early.ts_echo);
  }

  void reclaim(Repair& engine) noexcept {
    engine.flight().reclaim([this](const Packet& packet, bool was_sent) {
      --cached_;
      if (!was_sent) counters_->count(Fate::held_already_acked);
      io_->release(packet);
    });
  }

  Io* io_;
  FlowDirectory* flows_;
  Outbox<Io>* outbox_;
  WorkerCounters* counters_;
  UpstreamStage<Io> upstream_;
  std::uint32_t cached_{0};
};

}  // namespace gimbal
