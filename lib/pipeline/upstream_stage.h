#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "packet/fate.h"
#include "packet/packet.h"
#include "pipeline/flow_directory.h"
#include "pipeline/outbox.h"
#include "tcp/tracker.h"
#include "wire/edit.h"
#include "wire/frame.h"
#include "wire/sack_edit.h"
#include "wire/segment.h"

namespace gimbal {

/// Carries out what the near-leg engines plan: disordered data waits, and acknowledgments carry the
/// D-SACKs a sender is owed. Glue only; every decision is in lib/shaper.
template <PacketIo Io>
class UpstreamStage {
 public:
  UpstreamStage(Io& io, FlowDirectory& flows, Outbox<Io>& outbox, WorkerCounters& counters) noexcept
      : io_{&io}, flows_{&flows}, outbox_{&outbox}, counters_{&counters} {}

  /// A data segment of `from`, before anything else is done with it. Takes its reference and calls
  /// `carry(packet, segment, fate)` for each segment that goes on now, in order. `repairs`: the
  /// half-flow may be repaired; `room`: packets that may be held yet.
  template <class Carry>
  void arrive(Flow& flow, Side from, const Packet& packet, const Segment& segment,
              const Observation& seen, bool repairs, bool room, Fate fate, Instant now,
              Carry&& carry) noexcept {
    Upstream* engine = engine_for(flow, from, seen, repairs, now);
    if (engine == nullptr) return carry(packet, segment, fate);
    switch (engine->on_data(segment, packet, repairs && room, now)) {
      case Upstream::Arrival::hold:
        return show_window(*engine, now);
      case Upstream::Arrival::flush:
        flush(*engine, carry);
        break;
      case Upstream::Arrival::pass:
        break;
    }
    carry(packet, segment, fate);
    release(*engine, now, carry);
    show_window(*engine, now);
  }

  /// What time has made ready.
  template <class Carry>
  void on_timer(Flow& flow, Side sender, Instant now, Carry&& carry) noexcept {
    Upstream* engine = flows_->upstream(flow, sender);
    if (engine == nullptr) return;
    release(*engine, now, carry);
    if (engine->pending().held() && engine->pending().release_at <= now)
      release_pending(*engine, now);
    if (engine->control().paces()) show_window(*engine, now);
  }
  /// Everything held for the half-flow, in order.
  template <class Carry>
  void release_all(Flow& flow, Side sender, Instant now, Carry&& carry) noexcept {
    Upstream* engine = flows_->upstream(flow, sender);
    if (engine == nullptr) return;
    flush(*engine, carry);
    if (engine->pending().held()) release_pending(*engine, now);
  }

  /// Sends an acknowledgment to `sender` with all D-SACKs due. Takes the packet's reference. One
  /// D-SACK takes the place of a pure acknowledgment, each further one goes as a copy of it.
  /// `steers`: the near leg's engine may hold it back and set its window.
  void show(Flow& flow, Side sender, const Packet& packet, Segment& segment,
            const Observation& seen, bool steers, Fate fate, Instant now) noexcept {
    Upstream* engine = flows_->upstream(flow, sender);
    if (engine == nullptr) return outbox_->push(opposite(packet.port), packet, fate);
    // Its receiver's own D-SACK is said once, and would be gone with what overtakes it.
    const bool may_wait = steers && !seen.has_dsack;
    const Instant wait = may_wait ? engine->may_wait(segment, now) : Instant::never();
    drop_overtaken(*engine, segment);
    if (wait != Instant::never() && !engine->pending().held()) {
      counters_->add(Counter::acks_thinned);
      engine->pending() = {packet, segment, wait, true};
      return;
    }
    // The receiver's own D-SACK tells of a copy we do not know of: it stays.
    emit(*engine, packet, segment, segment.is_pure_ack() && !seen.has_dsack, steers, fate, now);
  }
  /// An acknowledgment passes as it is.
  void note_shown(Flow& flow, Side sender, const Segment& segment, Instant now) noexcept {
    Upstream* engine = flows_->upstream(flow, sender);
    if (engine == nullptr) return;
    engine->shown().forget();
    engine->on_shown(segment, now);
  }
  /// The same for the acknowledgment a data segment carries, which itself leaves later.
  void show_beside(Flow& flow, Side sender, const Packet& packet, const Segment& segment,
                   Instant now) noexcept {
    Upstream* engine = flows_->upstream(flow, sender);
    if (engine == nullptr) return;
    pay(*engine, packet, segment, false);
    engine->shown().forget();
    engine->on_shown(segment, now);
  }

 private:
  void emit(Upstream& engine, const Packet& packet, Segment& segment, bool may_replace, bool steers,
            Fate fate, Instant now) noexcept {
    const std::uint16_t offered = segment.window;
    engine.shown().forget();
    if (steers) {
      const std::uint16_t window = engine.plan_shown_window(segment, now);
      if (window != segment.window) {
        apply_window(packet.bytes(), segment, window);
        counters_->add(Counter::window_edits);
        fate = fate == Fate::pass_tracked ? Fate::pass_edited : fate;
      }
    }
    if (const auto echo = engine.plan_echo(segment)) {
      apply_timestamp_echo(packet.bytes(), segment, *echo);
      counters_->add(Counter::undo_echoes);
      fate = fate == Fate::pass_tracked ? Fate::pass_edited : fate;
    }
    if (steers && may_replace) engine.shown().remember(packet, segment, offered);
    const bool replaced = pay(engine, packet, segment, may_replace);
    engine.on_shown(segment, now);
    if (replaced)
      io_->release(packet);
    else
      outbox_->push(opposite(packet.port), packet, fate);
  }
  /// Says the last acknowledgment again with a larger window, if that is due.
  void show_window(Upstream& engine, Instant now) noexcept {
    const auto window = engine.plan_window_update(now);
    if (!window) return;
    const PortId from = engine.shown().from();
    const std::span<const std::byte> bytes = engine.shown().bytes();
    std::optional<Packet> update = io_->allocate(static_cast<std::uint32_t>(bytes.size()));
    if (!update) return;
    update->port = from;
    update->length = static_cast<std::uint32_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), update->bytes().begin());
    Segment segment;
    if (parse_frame(update->bytes(), segment) != FrameKind::tcp) return io_->release(*update);
    apply_window(update->bytes(), segment, *window);
    engine.on_window_update(*window, now);
    counters_->add(Counter::window_updates);
    outbox_->push_copy(opposite(from), *update);
  }
  void release_pending(Upstream& engine, Instant now) noexcept {
    PendingAck pending = std::exchange(engine.pending(), PendingAck{});
    emit(engine, pending.packet, pending.segment, true, true, Fate::pass_released, now);
  }
  /// One newer says all that the pending one says; an older one passes beside it.
  void drop_overtaken(Upstream& engine, const Segment& segment) noexcept {
    if (!engine.pending().held() || segment.ack < engine.pending().segment.ack) return;
    counters_->count(Fate::held_ack_superseded);
    io_->release(engine.pending().packet);
    engine.pending() = PendingAck{};
  }

  /// A flow is watched once it is worth it: beyond a sender's first window, or when the first of
  /// its data is missing.
  static constexpr std::uint64_t kWorthWatching = 2'000;

  Upstream* engine_for(Flow& flow, Side from, const Observation& seen, bool repairs,
                       Instant now) noexcept {
    if (Upstream* engine = flows_->upstream(flow, from)) return engine;
    const HalfFlow& half = flow.conversation.half(from);
    if (!repairs || (half.bytes < kWorthWatching && !seen.opens_hole)) return nullptr;
    // It rests and is given back with the engine of the other leg.
    if (flows_->engine_for(flow, from, now) == nullptr) return nullptr;
    return flows_->upstream_for(flow, from, half.nxt - seen.new_bytes);
  }

  template <class Carry>
  void release(Upstream& engine, Instant now, Carry&& carry) noexcept {
    while (const auto packet = engine.release(now)) carry_held(*packet, carry);
  }
  template <class Carry>
  void flush(Upstream& engine, Carry&& carry) noexcept {
    while (const auto packet = engine.flush()) carry_held(*packet, carry);
  }
  template <class Carry>
  void carry_held(const Packet& packet, Carry&& carry) noexcept {
    // Read again rather than kept: a segment's meaning is several times the size of a slot.
    Segment segment;
    if (parse_frame(packet.bytes(), segment) == FrameKind::tcp)
      carry(packet, segment, Fate::pass_resequenced);
    else
      outbox_->push(opposite(packet.port), packet, Fate::pass_resequenced);
  }

  /// True when a new acknowledgment stands for `packet`.
  bool pay(Upstream& engine, const Packet& packet, const Segment& segment,
           bool may_replace) noexcept {
    bool replaced = false;
    while (engine.owes()) {
      const auto blocks = engine.pay_dsack(segment);
      if (blocks.empty()) break;
      const auto ack = write(packet, segment, blocks.view());
      if (!ack) {
        counters_->add(Counter::undo_refused);
        continue;
      }
      const PortId out = opposite(packet.port);
      if (may_replace && !replaced)
        outbox_->push(out, *ack, Fate::pass_edited);
      else
        outbox_->push_copy(out, *ack);
      replaced = may_replace;
    }
    return replaced;
  }

  std::optional<Packet> write(const Packet& packet, const Segment& segment,
                              std::span<const SackBlock> blocks) noexcept {
    std::optional<Packet> ack = io_->allocate(kMaxPureAck);
    if (!ack) return std::nullopt;
    ack->port = packet.port;
    const std::size_t length = write_ack_with_sack(ack->bytes(), packet.bytes(), segment, blocks);
    ack->length = static_cast<std::uint32_t>(length);
    if (length > 0) return ack;
    io_->release(*ack);
    return std::nullopt;
  }

  Io* io_;
  FlowDirectory* flows_;
  Outbox<Io>* outbox_;
  WorkerCounters* counters_;
};

}  // namespace gimbal
