#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "packet/packet.h"
#include "pipeline/burst.h"
#include "pipeline/flow_directory.h"
#include "pipeline/outbox.h"
#include "pipeline/repair_stage.h"
#include "pipeline/worker_shared.h"
#include "tcp/tracker.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal {

/// One worker: a packet's whole journey, run to completion. parse -> find flow -> track -> judge
/// and repair -> emit (docs/packet-journey.md). The same code runs over DPDK ports, captures and
/// the simulator; `Io` is the only difference. One thread calls everything but `shared()`.
template <PacketIo Io>
class Worker {
 public:
  /// Takes all memory it will ever use. `shared().policy` must be set before the first run.
  Worker(const WorkerOptions& options, Io& io)
      : io_{&io},
        flows_{options, counters_},
        outbox_{io, counters_},
        repair_{io, flows_, outbox_, counters_} {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// One turn: a burst from each port, what time demands, everything out.
  void run_once(Instant now) noexcept {
    const Policy& policy = *shared_.policy.load(std::memory_order_acquire);
    if (policy.generation != generation_) [[unlikely]]
      adopt(policy, now);
    bool idle = true;
    for (const PortId port : {PortId::lan, PortId::wan}) {
      const std::size_t n = io_->receive(port, received_);
      if (n == 0) continue;
      idle = false;
      count_received(port, n);
      process(policy, n, now);
    }
    flows_.wheel().advance(now, [&](std::uint32_t index) { on_timer(index, now); });
    if (leaving_ && drained()) [[unlikely]] {
      leaving_ = false;
      release_engines([&](Flow& flow) { retreat(policy, flow, now); });
    }
    outbox_.flush();
    counters_.add(idle ? Counter::idle_polls : Counter::receive_bursts);
    if (now >= next_housekeeping_) housekeep(now);
  }

  /// Nothing needs this worker before then, unless a packet comes.
  [[nodiscard]] Instant next_deadline() const noexcept {
    return min(const_cast<FlowDirectory&>(flows_).wheel().next_deadline(), next_housekeeping_);
  }

  /// The worker is about to stop: no flow is repaired any more, none is taken into custody. Go on
  /// with `run_once` until `drained`, as long as there is time.
  void begin_drain(Instant now) noexcept {
    draining_ = true;
    release_engines([&](Flow& flow) { retreat(flow, Treatment{Mode::bypass}, now); });
    outbox_.flush();
  }
  [[nodiscard]] bool drained() const noexcept { return counters_[Counter::custody_flows] == 0; }
  /// Everything held leaves: the last call before the ports close. What is in custody still is
  /// lost, and its connections are reset.
  void drain(Instant now) noexcept {
    release_engines([&](Flow& flow) { repair_.surrender(flow, now); });
    outbox_.flush();
    housekeep(now);
  }

  /// control: any time.
  [[nodiscard]] WorkerShared& shared() noexcept { return shared_; }
  [[nodiscard]] const WorkerMemory& memory() const noexcept { return flows_.memory(); }
  /// worker, or anybody once it has stopped.
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] FlowDirectory& flows() noexcept { return flows_; }

 private:
  static constexpr Nanos kHousekeeping = Nanos::millis(1);

  void count_received(PortId port, std::size_t n) noexcept {
    PortCounters& counted = counters_.ports[static_cast<std::size_t>(port)];
    counted.received_packets += n;
    for (std::size_t i = 0; i < n; ++i) counted.received_bytes += received_[i].length;
  }

  void process(const Policy& policy, std::size_t n, Instant now) noexcept {
    if (bypasses(policy) && drained()) {
      for (std::size_t i = 0; i < n; ++i) emit(received_[i], Fate::pass_bypass);
      return;
    }
    parse_burst({received_.data(), n}, flows_, *burst_);
    for (std::size_t i = 0; i < n; ++i) {
      BurstItem& item = burst_->items[i];
      if (item.kind != FrameKind::tcp) {
        emit(item.packet, fate_of(item.kind));
      } else {
        follow(policy, item, now);
      }
    }
  }

  /// A TCP segment: its flow is found or opened, the segment is believed or not, and handed on.
  void follow(const Policy& policy, BurstItem& item, Instant now) noexcept {
    Segment& segment = item.segment;
    // An ACK's numbers move our state: a damaged one must not.
    if (segment.payload_length == 0 && !tcp_checksum_ok(item.packet.bytes(), segment))
      return emit(item.packet, Fate::pass_bad_checksum);
    Flow* flow = flows_.table().find(item.key, item.hash);
    if (flow == nullptr) {
      flow = open(policy, item);
      if (flow == nullptr) return;
    } else if (draining_ ||
               flow->policy_generation != static_cast<std::uint32_t>(policy.generation)) {
      retreat(policy, *flow, now);
    }
    if (flow->treatment.mode == Mode::bypass) return emit(item.packet, Fate::pass_bypass);
    Side from = side_of(*flow, item.reversed);
    Observation seen = observe(flow->conversation, from, segment, now);
    if (seen.kind == SegmentKind::port_reuse) {
      reopen(*flow, item, now);
      from = Side::client;
      seen = observe(flow->conversation, from, segment, now);
    }
    if (!seen.acceptable) {
      // Its receiver will judge for itself, but it does not overtake what waits here.
      if (segment.payload_length > 0) repair_.release_disordered(*flow, from, now);
      return emit(item.packet, Fate::pass_out_of_window);
    }
    if (seen.starts_established) flows_.mark_proven(*flow);
    repair_.process(*flow, from, item.packet, segment, seen, now);
    if (seen.ends) end(*flow, now);
    flows_.reschedule(*flow);
  }

  /// nullptr: the packet was passed on, there is no flow for it.
  Flow* open(const Policy& policy, const BurstItem& item) noexcept {
    const Treatment treatment = policy.treatment_for(item.segment.source, item.segment.destination);
    if (treatment.mode == Mode::bypass || draining_)
      return emit(item.packet, Fate::pass_bypass), nullptr;
    // A reset of a connection we do not know opens nothing.
    if (item.segment.flags.rst) return emit(item.packet, Fate::pass_control), nullptr;
    Flow* flow = flows_.admit(item.key, item.hash, item.reversed, item.packet.port, treatment,
                              static_cast<std::uint32_t>(policy.generation));
    if (flow == nullptr) emit(item.packet, Fate::pass_table_full);
    return flow;
  }

  void reopen(Flow& flow, const BurstItem& item, Instant now) noexcept {
    repair_.dissolve(flow, now);
    flow.conversation = Conversation{};
    flow.client_is_low = !item.reversed;
    flow.client_port = item.packet.port;
  }

  void end(Flow& flow, Instant now) noexcept {
    counters_.add(Counter::flows_closed);
    repair_.dissolve(flow, now);
  }

  void on_timer(std::uint32_t index, Instant now) noexcept {
    Flow& flow = flows_.table().at(index);
    flow.timer_at = Instant::never();
    repair_.on_timer(flow, now);
    if (now - flow.conversation.last_seen >= idle_limit(flow.conversation)) {
      repair_.surrender(flow, now);
      counters_.add(Counter::flows_expired);
      flows_.remove(&flow);
      return;
    }
    flows_.reschedule(flow);
  }

  /// A new policy: engines whose flow may no longer be repaired let go at once, not at the flow's
  /// next packet; the rest of the table follows lazily.
  void adopt(const Policy& policy, Instant now) noexcept {
    generation_ = policy.generation;
    release_engines([&](Flow& flow) { retreat(policy, flow, now); });
    outbox_.flush();
    shared_.policy_in_use.store(generation_, std::memory_order_release);
  }

  [[nodiscard]] bool bypasses(const Policy& policy) const noexcept {
    return draining_ || policy.ceiling == Mode::bypass;
  }
  void retreat(const Policy& policy, Flow& flow, Instant now) noexcept {
    const Treatment wanted =
        draining_ ? Treatment{Mode::bypass} : policy.treatment_for(flow.key.low, flow.key.high);
    if (retreat(flow, wanted, now))
      flow.policy_generation = static_cast<std::uint32_t>(policy.generation);
  }
  /// False while bytes in custody keep the flow: it answers for no more of them, and asks again.
  bool retreat(Flow& flow, const Treatment& wanted, Instant now) noexcept {
    const Treatment before = flow.treatment;
    if (wanted.mode < before.mode || wanted.actuators != before.actuators) {
      if (repair_.in_custody(flow)) {
        flow.treatment.custody = Custody::never;
        leaving_ = true;
        return false;
      }
      repair_.dissolve(flow, now);
    }
    flow.treatment = wanted;
    return true;
  }

  template <class Act>
  void release_engines(Act&& act) noexcept {
    EnginePool& engines = flows_.engines();
    for (std::uint32_t i = 0; i < engines.capacity(); ++i) {
      const std::uint32_t index = engines.flow_of(i);
      if (index != EnginePool::kNone) act(flows_.table().at(index));
    }
  }

  void housekeep(Instant now) noexcept {
    next_housekeeping_ = now + kHousekeeping;
    counters_.set(Counter::cache_packets, repair_.cached());
    counters_.set(Counter::cache_records, flows_.records_in_use());
    shared_.counters.publish(counters_);
    shared_.policy_in_use.store(generation_, std::memory_order_release);
    answer_mailbox(now);
  }

  void answer_mailbox(Instant now) noexcept {
    FlowMailbox& box = shared_.mailbox;
    if (box.state.load(std::memory_order_acquire) != FlowMailbox::State::asked) return;
    std::uint32_t index = flows_.table().next_used(box.cursor);
    box.filled = 0;
    while (index < flows_.table().capacity() && box.filled < box.rows.size()) {
      flows_.describe(flows_.table().at(index), now, box.rows[box.filled++]);
      index = flows_.table().next_used(index + 1);
    }
    box.cursor = index;
    box.more = index < flows_.table().capacity();
    box.state.store(FlowMailbox::State::answered, std::memory_order_release);
  }

  static Side side_of(const Flow& flow, bool reversed) noexcept {
    return reversed == flow.client_is_low ? Side::server : Side::client;
  }

  void emit(const Packet& packet, Fate fate) noexcept {
    outbox_.push(opposite(packet.port), packet, fate);
  }

  Io* io_;
  WorkerCounters counters_;
  WorkerShared shared_;
  FlowDirectory flows_;
  Outbox<Io> outbox_;
  RepairStage<Io> repair_;
  std::array<Packet, Burst::kCapacity> received_{};
  std::unique_ptr<Burst> burst_{std::make_unique<Burst>()};
  bool draining_{false};
  bool leaving_{false};  ///< Some flow waits for its custody to end before it is let go.
  std::uint64_t generation_{~std::uint64_t{0}};
  Instant next_housekeeping_{};
};

}  // namespace gimbal
