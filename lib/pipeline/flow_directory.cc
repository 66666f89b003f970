#include "pipeline/flow_directory.h"

#include <algorithm>

namespace gimbal {

namespace {

/// Engines are for flows that move data now: one half-flow in four, within reason.
constexpr std::uint32_t engines_for(std::uint32_t flows) noexcept {
  return std::clamp<std::uint32_t>(flows / 4, 256, 262'144);
}

/// Near-leg engines are four times as large and for bulk data only.
constexpr std::uint32_t upstreams_for(std::uint32_t flows) noexcept {
  return std::clamp<std::uint32_t>(flows / 64, 128, 4096);
}

/// Far prefixes worth remembering; sixteen flows to a prefix, within reason.
constexpr std::uint32_t prefixes_for(std::uint32_t flows) noexcept {
  return std::clamp<std::uint32_t>(flows / 16, 256, 16'384);
}

}  // namespace

FlowDirectory::FlowDirectory(const WorkerOptions& options, WorkerCounters& counters)
    : options_{options},
      counters_{&counters},
      // Twice the packets: a ring is at least half full only after it has grown into its size.
      arena_{options.packets * 2},
      table_{options.flows},
      wheel_{options.flows},
      engines_{engines_for(options.flows), arena_, counters, options.limits},
      upstreams_{upstreams_for(options.flows), options.packets / 4, counters, options.limits},
      priors_{prefixes_for(options.flows), options.hash_seed} {
  memory_.flow_bytes = table_.bytes() + wheel_.bytes();
  memory_.engine_bytes = engines_.bytes() + upstreams_.bytes() + priors_.bytes();
  memory_.record_bytes = arena_.bytes();
  memory_.flows = options.flows;
  memory_.engines = engines_.capacity();
  memory_.records = arena_.capacity();
  memory_.cache_packets = options.packets / 4 * 3;
}

Flow* FlowDirectory::admit(const FlowKey& key, std::uint32_t hash, bool reversed, PortId port,
                           const Treatment& treatment, std::uint32_t policy_generation) noexcept {
  if (unproven_ >= std::max<std::uint32_t>(1, table_.capacity() / 2)) return nullptr;
  Flow* flow = table_.insert(key, hash);
  if (flow == nullptr) return nullptr;
  ++unproven_;
  flow->treatment = treatment;
  flow->policy_generation = policy_generation;
  flow->client_port = port;
  flow->client_is_low = !reversed;
  counters_->add(Counter::flows_opened);
  counters_->set(Counter::flows_active, table_.size());
  return flow;
}

void FlowDirectory::mark_proven(Flow& flow) noexcept {
  if (flow.proven) return;
  flow.proven = true;
  --unproven_;
}

void FlowDirectory::remove(Flow* flow) noexcept {
  if (!flow->proven) --unproven_;
  wheel_.cancel(table_.index_of(flow));
  table_.erase(flow);
  counters_->set(Counter::flows_active, table_.size());
}

Repair* FlowDirectory::engine_for(Flow& flow, Side sender, Instant now) noexcept {
  std::uint32_t& slot = flow.engines[index(sender)];
  if (slot != Flow::kNoEngine) return &engines_.at(slot);
  const Seq32 edge = shown_edge(flow, sender);
  slot = engines_.take(table_.index_of(&flow));
  if (slot == EnginePool::kNone) {
    slot = Flow::kNoEngine;
    return nullptr;
  }
  Repair& engine = engines_.at(slot);
  const PathPrior* remembered = priors_.find(prefix_of(flow, sender));
  const PathPrior prior = remembered == nullptr ? PathPrior{} : remembered->at(now);
  if (prior.known()) counters_->add(Counter::priors_used);
  engine.begin(flow.conversation.handshake_rtt[index(sender)].nanos(),
               flow.conversation.half(sender).una, edge, flow.treatment.actuators, now, prior);
  return &engine;
}

Seq32 FlowDirectory::shown_edge(const Flow& flow, Side sender) noexcept {
  if (const Repair* far = engine(flow, sender)) return far->shown_edge();
  const std::size_t side = index(sender);
  return flow.edge_shown[side] ? flow.shown_edges[side] : flow.conversation.half(sender).right_edge;
}

Upstream* FlowDirectory::upstream_for(Flow& flow, Side sender, Seq32 nxt) noexcept {
  std::uint32_t& slot = flow.upstreams[index(sender)];
  slot = upstreams_.take();
  if (slot == UpstreamPool::kNone) {
    slot = Flow::kNoEngine;
    return nullptr;
  }
  const Conversation& c = flow.conversation;
  const HalfFlow& half = c.half(sender);
  const HalfFlow& reverse = c.half(opposite(sender));
  UpstreamFacts facts;
  facts.actuators = flow.treatment.actuators;
  facts.near_rtt = c.handshake_rtt[index(opposite(sender))].nanos();
  facts.sack_permitted = half.sack_permitted;
  facts.scale_known = half.scale_known;
  facts.window_scale = half.window_scale;
  facts.right_edge = shown_edge(flow, sender);
  facts.timestamps = half.timestamps && reverse.timestamps;
  Upstream& upstream = upstreams_.at(slot);
  upstream.begin(facts, nxt);
  return &upstream;
}

FarPrefix FlowDirectory::prefix_of(const Flow& flow, Side sender) noexcept {
  const bool sender_is_low = (sender == Side::client) == flow.client_is_low;
  return far_prefix((sender_is_low ? flow.key.high : flow.key.low).address, flow.key.vlan);
}

void FlowDirectory::remember(const Flow& flow, Side sender, const Repair& engine,
                             Instant now) noexcept {
  const PathPrior learned = engine.learned();
  if (!learned.known()) return;
  bool evicted = false;
  priors_.claim(prefix_of(flow, sender), evicted).fold(learned, now);
  if (evicted) counters_->add(Counter::priors_evicted);
}

void FlowDirectory::give_back_engine(Flow& flow, Side sender, Instant now) noexcept {
  if (std::uint32_t& near = flow.upstreams[index(sender)]; near != Flow::kNoEngine) {
    upstreams_.give_back(near);
    near = Flow::kNoEngine;
  }
  std::uint32_t& slot = flow.engines[index(sender)];
  if (slot == Flow::kNoEngine) return;
  remember(flow, sender, engines_.at(slot), now);
  flow.shown_edges[index(sender)] = engines_.at(slot).shown_edge();
  flow.edge_shown[index(sender)] = true;
  engines_.give_back(slot);
  slot = Flow::kNoEngine;
}

void FlowDirectory::reschedule(Flow& flow) noexcept {
  Instant next = flow.conversation.last_seen + idle_limit(flow.conversation);
  for (const Side side : {Side::client, Side::server}) {
    const Repair* repair = engine(flow, side);
    if (repair == nullptr) continue;
    next = min(next, repair->next_deadline());
    if (repair->flight().empty()) next = min(next, repair->last_used() + kEngineRest);
    if (const Upstream* near = upstream(flow, side)) next = min(next, near->next_deadline());
  }
  // A timer that fires early finds nothing to do and is set again: cheaper than moving it with
  // every packet.
  if (flow.timer_at <= next) return;
  flow.timer_at = next;
  wheel_.schedule(table_.index_of(&flow), next);
}

void FlowDirectory::describe(const Flow& flow, Instant now, FlowRow& row) noexcept {
  const Conversation& c = flow.conversation;
  row = FlowRow{};
  row.client = flow.client_is_low ? flow.key.low : flow.key.high;
  row.server = flow.client_is_low ? flow.key.high : flow.key.low;
  row.vlan = flow.key.vlan;
  row.worker = options_.worker;
  row.state = to_string(c.state).data();
  row.mode = flow.treatment.mode;
  row.custody = flow.treatment.custody;
  row.client_on_lan = flow.client_port == PortId::lan;
  row.midstream = c.midstream;
  row.age = now - c.first_seen;
  row.idle = now - c.last_seen;
  for (const Side side : {Side::client, Side::server}) {
    const HalfFlow& half = c.half(side);
    HalfFlowRow& out = row.halves[index(side)];
    out.bytes = half.bytes;
    out.in_flight = half.in_flight();
    out.near_rtt = half.near.smoothed;
    out.far_rtt_base = half.far.lowest;
    out.far_rtt_floor = half.far.smoothed;
    out.sender_retransmissions = half.retransmissions;
    const Repair* repair = engine(flow, side);
    if (repair == nullptr) continue;
    const PathModel& path = repair->path();
    out.queued = repair->flight().waiting_bytes();
    out.cached_packets = repair->flight().records();
    out.far_rtt_floor = path.floor();
    out.far_rtt_base = path.base();
    out.far_rtt_ceiling = path.ceiling();
    out.reorder_window = repair->reorder_window();
    out.delivery_rate = repair->delivery_rate();
    out.loss_ratio = repair->judge().loss_ratio();
    out.window = repair->window();
    out.local_retransmissions = repair->deeds().local_retransmissions;
    out.tail_probes = repair->deeds().tail_probes;
    out.acks_withheld = repair->deeds().acks_withheld;
    out.window_edits = repair->deeds().window_edits;
    out.verdict = to_string(repair->judge().verdict());
    out.reason = repair->judge().reason();
    out.repairing = repair->active();
  }
}

}  // namespace gimbal
