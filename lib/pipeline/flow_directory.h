#pragma once

#include <cstdint>

#include "flow/flow_table.h"
#include "flow/prefix_table.h"
#include "flow/timer_wheel.h"
#include "jitter/path_prior.h"
#include "pipeline/engine_pool.h"
#include "pipeline/flow.h"
#include "pipeline/upstream_pool.h"
#include "pipeline/worker_shared.h"
#include "stats/counters.h"
#include "stats/flow_row.h"
#include "tcp/record_arena.h"

namespace gimbal {

/// Sizes of one worker, from the configuration (docs/operations.md states the bytes).
struct WorkerOptions {
  std::uint32_t flows{65536};
  std::uint32_t packets{65536};  ///< Buffers of this worker's pool; three quarters may be held.
  std::uint16_t worker{0};
  std::uint64_t hash_seed{0x6769'6d62'616c'0001};
  RepairLimits limits{};  ///< Of its engines; experiments vary them, products do not.
};

/// The flows of one worker, with their timers and engines. Owns all memory the packet path uses.
class FlowDirectory {
 public:
  FlowDirectory(const WorkerOptions& options, WorkerCounters& counters);

  [[nodiscard]] FlowTable<Flow>& table() noexcept { return table_; }
  [[nodiscard]] TimerWheel& wheel() noexcept { return wheel_; }
  [[nodiscard]] EnginePool& engines() noexcept { return engines_; }
  [[nodiscard]] const WorkerMemory& memory() const noexcept { return memory_; }
  [[nodiscard]] std::uint32_t records_in_use() const noexcept { return arena_.in_use(); }
  [[nodiscard]] std::uint32_t hash_of(const FlowKey& key) const noexcept {
    return hash(key, options_.hash_seed);
  }

  /// A new flow first seen by `segment`, arriving on `port`. nullptr when there is no room: the
  /// table is full, or half of it is flows that never completed a handshake (a flood must not
  /// crowd out connections that work).
  [[nodiscard]] Flow* admit(const FlowKey& key, std::uint32_t hash, bool reversed, PortId port,
                            const Treatment& treatment, std::uint32_t policy_generation) noexcept;
  /// Its engines must have been given back.
  void remove(Flow* flow) noexcept;
  void mark_proven(Flow& flow) noexcept;

  [[nodiscard]] Repair* engine(const Flow& flow, Side sender) noexcept {
    const std::uint32_t index = flow.engines[gimbal::index(sender)];
    return index == Flow::kNoEngine ? nullptr : &engines_.at(index);
  }
  /// The engine for data sent by `sender`, started if need be; nullptr when none is free.
  [[nodiscard]] Repair* engine_for(Flow& flow, Side sender, Instant now) noexcept;
  /// Both engines of the half-flow, which must be empty. What they learned of the far leg stays.
  void give_back_engine(Flow& flow, Side sender, Instant now) noexcept;
  /// Leaves what the engine has learned of the far leg to later flows of the same far prefix.
  void remember(const Flow& flow, Side sender, const Repair& engine, Instant now) noexcept;

  /// The near-leg engine for data sent by `sender`, or nullptr.
  [[nodiscard]] Upstream* upstream(const Flow& flow, Side sender) noexcept {
    const std::uint32_t index = flow.upstreams[gimbal::index(sender)];
    return index == Flow::kNoEngine ? nullptr : &upstreams_.at(index);
  }
  /// Starts one that expects data from `nxt` on; nullptr when none is free. The half-flow must have
  /// the other engine: both are given back together.
  [[nodiscard]] Upstream* upstream_for(Flow& flow, Side sender, Seq32 nxt) noexcept;
  /// Packets held by near-leg engines.
  [[nodiscard]] std::uint32_t packets_held() const noexcept { return upstreams_.held(); }

  /// Sets the flow's timer to the earliest thing it has to do, unless it fires earlier already.
  void reschedule(Flow& flow) noexcept;
  void describe(const Flow& flow, Instant now, FlowRow& row) noexcept;

 private:
  /// Highest right edge `sender` has been shown.
  [[nodiscard]] Seq32 shown_edge(const Flow& flow, Side sender) noexcept;
  /// Of the hosts that receive what `sender` sends.
  [[nodiscard]] static FarPrefix prefix_of(const Flow& flow, Side sender) noexcept;

  WorkerOptions options_;
  WorkerCounters* counters_;
  RecordArena arena_;
  FlowTable<Flow> table_;
  TimerWheel wheel_;
  EnginePool engines_;
  UpstreamPool upstreams_;
  PrefixTable<PathPrior> priors_;
  WorkerMemory memory_;
  std::uint32_t unproven_{0};
};

/// An engine that carried nothing for this long goes back to the pool.
inline constexpr Nanos kEngineRest = Nanos::seconds(2);

}  // namespace gimbal
