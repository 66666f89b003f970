#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/time.h"
#include "impair/capture_ring.h"
#include "impair/direction.h"
#include "impair/emulator_counters.h"
#include "impair/flow_hash.h"
#include "impair/frame_edit.h"
#include "impair/frame_outline.h"
#include "impair/release_queue.h"
#include "impair/span_histogram.h"
#include "impair/stream_seed.h"
#include "impair/truth_log.h"
#include "packet/packet.h"

namespace gimbal::impair {

struct EmulatorSettings {
  DirectionConfig a_to_b;
  DirectionConfig b_to_a;
  std::uint64_t seed{1};
  std::size_t max_held{61440};  ///< Packets on their way in both directions together.
};

/// The emulator between two ports. It holds packets by reference until their time and copies
/// nothing. Allocates in the constructor only; one thread; the clock is an argument.
/// Port a is `PortId::lan`, port b is `PortId::wan`.
template <PacketIo Io>
class EmulatorCore {
 public:
  static constexpr std::size_t kBurst = 32;

  /// `start` is the zero of schedules and of the truth log. `truth` may be null.
  EmulatorCore(Io& io, const EmulatorSettings& settings, Instant start, TruthRing* truth)
      : io_{io},
        truth_{truth},
        start_{start},
        max_held_{settings.max_held},
        ways_{Way{settings.a_to_b, stream_seed(settings.seed, 0), start, settings.max_held},
              Way{settings.b_to_a, stream_seed(settings.seed, 1), start, settings.max_held}} {}

  /// One turn: decide on what arrived, send what is due. Answers how many packets moved.
  std::size_t run_once(Instant now) noexcept { return receive(now) + transmit(now); }

  /// Takes at most one burst from each port.
  std::size_t receive(Instant now) noexcept {
    return receive_from(PortId::lan, now) + receive_from(PortId::wan, now);
  }

  /// Sends at most one burst each way. Apart from `receive`, so that a program can read its clock
  /// between the two.
  std::size_t transmit(Instant now) noexcept {
    return transmit_from(PortId::lan, now) + transmit_from(PortId::wan, now);
  }

  /// Before the end: sends all it holds at once, due or not, in order of release, and gives back
  /// what the ports do not take. Holds nothing afterwards.
  void flush() noexcept {
    // A port that takes nothing this often in a row is gone or blocked.
    constexpr int kPatience = 1000;
    for (int refusals = 0; held_ > 0 && refusals < kPatience;) {
      refusals = transmit(Instant::never()) == 0 ? refusals + 1 : 0;
    }
    give_back(PortId::lan);
    give_back(PortId::wan);
  }

  /// When the next packet is due; long past while one waits for room in a port.
  [[nodiscard]] Instant next_due() const noexcept {
    if (ways_[0].ready_count + ways_[1].ready_count > 0) return start_;
    return min(ways_[0].waiting.next_due(), ways_[1].waiting.next_due());
  }

  [[nodiscard]] std::size_t held() const noexcept { return held_; }

  /// Changes one direction for the packets to come (see Direction::reconfigure).
  void reconfigure(PortId from, const DirectionConfig& config, Instant now) noexcept {
    way(from).direction.reconfigure(config, now);
    way(from).clear = config.clear();
  }
  /// From now on every packet and its fate go there too; null: no more.
  void capture_to(CaptureRing* ring) noexcept { capture_ = ring; }

  [[nodiscard]] const DirectionConfig& config(PortId from) const noexcept {
    return ways_[static_cast<std::size_t>(from)].direction.config();
  }

  [[nodiscard]] EmulatorCounters counters(PortId from, Instant now) noexcept {
    EmulatorCounters counters = way(from).counters;
    counters.held = way(from).waiting.size() + way(from).ready_count;
    counters.backlog_bytes = way(from).direction.backlog_bytes(now);
    return counters;
  }
  /// Delays decided on, from arrival to release, of the packets carried.
  [[nodiscard]] const SpanHistogram& transit(PortId from) const noexcept {
    return ways_[static_cast<std::size_t>(from)].transit;
  }
  /// Time of hand-over to the port minus time planned, both directions.
  [[nodiscard]] const SpanHistogram& lateness() const noexcept { return lateness_; }

 private:
  struct Way {
    Way(const DirectionConfig& config, std::uint64_t seed, Instant start, std::size_t max_held)
        : direction{config, seed, start, max_held}, clear{config.clear()}, waiting{max_held} {}

    Direction direction;
    bool clear;  // Of models: every packet is due when it arrives.
    ReleaseQueue<Packet> waiting;
    std::array<Packet, kBurst> ready;  // Due, in order: the port had no room for them yet.
    std::size_t ready_count{0};
    std::size_t fresh_count{
        0};               // Of the ready ones, those that came whole and no port was asked yet,
    Instant fresh_since;  // and when they were due.
    EmulatorCounters counters;
    SpanHistogram transit;
  };

  [[nodiscard]] Way& way(PortId from) noexcept { return ways_[static_cast<std::size_t>(from)]; }

  std::size_t receive_from(PortId port, Instant now) noexcept {
    if (is_open(way(port))) return pass_from(port, now);
    std::array<Packet, kBurst> burst;
    const std::size_t count = io_.receive(port, burst);
    for (const Packet& packet : std::span{burst}.first(count)) decide(packet, port, now);
    return count;
  }

  /// Nothing is done to what arrives now, nothing is ahead of it, and nobody wants to know.
  [[nodiscard]] bool is_open(const Way& from) const noexcept {
    return from.clear && !watched() && from.ready_count == 0 && from.waiting.empty() &&
           held_ + kBurst <= max_held_;
  }
  /// The whole burst at once: every packet is due now.
  std::size_t pass_from(PortId port, Instant now) noexcept {
    Way& from = way(port);
    const std::size_t count = io_.receive(port, from.ready);
    if (count == 0) return 0;
    std::size_t bytes = 0;
    for (const Packet& packet : std::span{from.ready}.first(count)) bytes += packet.length;
    from.counters.received += count;
    from.counters.received_bytes += bytes;
    from.counters.by_lane[0] += count;
    from.transit.record(Nanos{}, count);
    from.ready_count = from.fresh_count = count;
    from.fresh_since = now;
    held_ += count;
    return count;
  }

  void decide(const Packet& packet, PortId port, Instant now) noexcept {
    Way& from = way(port);
    ++from.counters.received;
    from.counters.received_bytes += packet.length;
    const bool looks = watched() || from.direction.looks_inside();
    const FrameOutline outline = looks ? parse_outline(packet.bytes()) : FrameOutline{};
    Admission admission = admit(packet, outline, from, now);
    // Before an edit may touch what it hashes, and what is to be shown as it arrived.
    const std::uint32_t hash = watched() ? hash_flow(packet.bytes(), outline) : 0;
    if (capture_ != nullptr) capture_->begin(packet.bytes());
    const bool edited = admission.carried() && edit(packet, outline, from, admission);
    admission.duplicated = admission.duplicated && held_ + 1 < max_held_;
    if (watched()) {
      tell(packet, make_truth_record(admission, port, packet.length, hash, start_), edited);
    }
    if (!admission.carried()) {
      ++from.counters.dropped[static_cast<std::size_t>(admission.cause)];
      io_.release(packet);
      return;
    }
    from.transit.record(admission.release_at - admission.enqueued);
    hold(packet, from, admission.release_at);
    if (!admission.duplicated) return;
    ++from.counters.duplicated;
    io_.retain(packet);
    hold(packet, from, admission.release_at);
  }

  [[nodiscard]] bool watched() const noexcept { return truth_ != nullptr || capture_ != nullptr; }

  Admission admit(const Packet& packet, const FrameOutline& outline, Way& from,
                  Instant now) noexcept {
    const std::uint8_t lane = from.direction.classify(outline, packet.bytes());
    ++from.counters.by_lane[lane];
    Admission admission =
        from.direction.admit(Arrival{packet.length, lane, outline.ecn_capable()}, now);
    if (admission.carried() && held_ >= max_held_) {
      admission = Admission{DropCause::memory, admission.backlog_bytes, admission.enqueued};
      admission.lane = lane;
    }
    return admission;
  }

  /// Only while the packet has one reference: a copy shares its bytes. True when bytes changed.
  bool edit(const Packet& packet, const FrameOutline& outline, Way& from,
            Admission& admission) noexcept {
    if (admission.corruption != 0) {
      const Corruption& how = from.direction.treatment(admission.lane).corruption;
      const bool done = apply_corruption(packet.bytes(), outline, how, admission.corruption);
      if (!done) admission.corruption = 0;
      from.counters.corrupted += done;
    }
    if (admission.marked) {
      apply_ce_mark(packet.bytes(), outline);
      ++from.counters.marked;
    }
    return admission.corruption != 0 || admission.marked;
  }

  void hold(const Packet& packet, Way& from, Instant release_at) noexcept {
    GIMBAL_CHECK(from.waiting.push(packet, release_at));
    ++held_;
  }

  void tell(const Packet& packet, TruthRecord record, bool edited) noexcept {
    if (capture_ != nullptr) {
      using Shows = CaptureRing::Shows;
      capture_->commit(record, edited ? Shows::arrival : Shows::both);
      if (edited && capture_->begin(packet.bytes())) capture_->commit(record, Shows::departure);
    }
    if (truth_ == nullptr) return;
    truth_->push(record);
    if ((record.marks & kMarkDuplicated) == 0) return;
    record.marks = static_cast<std::uint8_t>(record.marks ^ (kMarkDuplicated | kMarkCopy));
    truth_->push(record);
  }

  std::size_t transmit_from(PortId port, Instant now) noexcept {
    Way& from = way(port);
    if (from.fresh_count > 0) {
      lateness_.record(now == Instant::never() ? Nanos{} : now - from.fresh_since,
                       from.fresh_count);
      from.fresh_count = 0;
    }
    while (from.ready_count < kBurst && !from.waiting.empty()) {
      const auto due = from.waiting.pop_due(now);
      if (!due) break;
      if (now != Instant::never()) lateness_.record(now - due->release_at);
      from.ready[from.ready_count++] = due->payload;
    }
    if (from.ready_count == 0) return 0;
    const auto ready = std::span{from.ready}.first(from.ready_count);
    std::size_t bytes = 0;
    for (const Packet& packet : ready) bytes += packet.length;
    const std::size_t sent = io_.transmit(opposite(port), ready);
    for (const Packet& packet : ready.subspan(sent)) bytes -= packet.length;
    std::move(ready.begin() + static_cast<std::ptrdiff_t>(sent), ready.end(), ready.begin());
    from.ready_count -= sent;
    from.counters.transmitted += sent;
    from.counters.transmitted_bytes += bytes;
    if (from.ready_count > 0) ++from.counters.transmit_retries;
    held_ -= sent;
    return sent;
  }

  void give_back(PortId port) noexcept {
    Way& from = way(port);
    const auto drop = [&](const Packet& packet) {
      ++from.counters.dropped[static_cast<std::size_t>(DropCause::stopped)];
      io_.release(packet);
      --held_;
    };
    for (const Packet& packet : std::span{from.ready}.first(from.ready_count)) drop(packet);
    from.ready_count = 0;
    while (const auto left = from.waiting.pop_due(Instant::never())) drop(left->payload);
  }

  Io& io_;
  TruthRing* truth_;
  CaptureRing* capture_{nullptr};
  Instant start_;
  std::size_t max_held_;
  std::size_t held_{0};
  std::array<Way, kPortCount> ways_;
  SpanHistogram lateness_;
};

}  // namespace gimbal::impair
