#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "policy/policy.h"
#include "stats/counters.h"
#include "stats/flow_row.h"
#include "stats/published.h"

namespace gimbal {

/// A question for a worker's flows and its answer: the control thread lends an array, the worker
/// fills a piece of it between bursts. `state` passes ownership back and forth.
struct FlowMailbox {
  enum class State : std::uint8_t { idle, asked, answered };
  std::atomic<State> state{State::idle};
  std::uint32_t cursor{0};    ///< asked: first table index; answered: where to go on.
  std::span<FlowRow> rows{};  ///< control's memory.
  std::uint32_t filled{0};    ///< answered: rows written.
  bool more{false};           ///< answered: the table holds more flows from `cursor` on.
};

/// What the control plane and one worker share. Everything else a worker owns alone.
struct WorkerShared {
  /// control: w, worker: r once per burst. Never null while the worker runs.
  alignas(64) std::atomic<const Policy*> policy{nullptr};
  /// worker: w, control: r. The generation in use: older policies may be freed.
  alignas(64) std::atomic<std::uint64_t> policy_in_use{0};
  /// worker: publishes about every millisecond; control: reads.
  Published<WorkerCounters> counters;
  FlowMailbox mailbox;
};

/// Memory a worker took at start, for status and tests.
struct WorkerMemory {
  std::size_t flow_bytes{0};  ///< Table, keys, timers: for all flows.
  std::size_t engine_bytes{0};
  std::size_t record_bytes{0};
  std::uint32_t flows{0};
  std::uint32_t engines{0};
  std::uint32_t records{0};
  std::uint32_t cache_packets{0};  ///< Packets that may be held at once.
  [[nodiscard]] std::size_t total() const noexcept {
    return flow_bytes + engine_bytes + record_bytes;
  }
};

}  // namespace gimbal
