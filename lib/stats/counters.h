#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "packet/fate.h"
#include "packet/packet.h"

namespace gimbal {

/// What a worker counts besides the fates of packets. Monotonic unless its kind is gauge.
enum class Counter : std::uint8_t {
  flows_opened,
  flows_closed,
  flows_expired,
  flows_active,
  cache_packets,
  cache_records,
  cache_refused,
  rtt_samples,
  holes_seen,
  holes_filled_late,
  local_retransmissions,
  local_retransmissions_spurious,
  local_retransmissions_lost,
  local_retransmissions_doubled,
  tail_probes,
  sender_retransmissions,
  window_edits,
  sack_edits,
  acks_withheld,
  acks_thinned,
  hold_budget_expired,
  pace_cap_expired,
  verdict_changes,
  repairs_started,
  repairs_stopped,
  paced_senders,
  paced_senders_resumed,
  congestion_events,
  congestion_undone,
  resequencing_given_up,
  resequencing_refused,
  undo_injected,
  window_updates,
  undo_refused,
  outages,
  undo_echoes,
  near_control_started,
  custody_flows,
  custody_started,
  custody_bytes_claimed,
  custody_resets,
  early_acks,
  acks_dripped,
  priors_used,
  priors_evicted,
  handed_over,
  transmit_retries,
  receive_bursts,
  idle_polls,
  sleeps,
};
inline constexpr std::size_t kCounterCount = 50;

enum class CounterKind : std::uint8_t { counter, gauge };

struct CounterInfo {
  std::string_view name;
  CounterKind kind;
  std::string_view help;
};

inline constexpr std::array<CounterInfo, kCounterCount> kCounters{{
    {"flows_opened", CounterKind::counter, "TCP flows entered in the table"},
    {"flows_closed", CounterKind::counter, "flows that ended by FIN or RST"},
    {"flows_expired", CounterKind::counter, "flows removed after silence"},
    {"flows_active", CounterKind::gauge, "flows in the table now"},
    {"cache_packets", CounterKind::gauge, "packets referenced by caches and queues now"},
    {"cache_records", CounterKind::gauge, "segment records in use now"},
    {"cache_refused", CounterKind::counter, "segments not cached: budget spent"},
    {"rtt_samples", CounterKind::counter, "unambiguous round-trip samples (Karn)"},
    {"holes_seen", CounterKind::counter, "holes reported by receivers"},
    {"holes_filled_late", CounterKind::counter,
     "holes filled by the original: reordering, not loss"},
    {"local_retransmissions", CounterKind::counter, "segments resent from the cache"},
    {"local_retransmissions_spurious", CounterKind::counter,
     "resent segments a D-SACK showed needless"},
    {"local_retransmissions_lost", CounterKind::counter, "resent segments that were lost again"},
    {"local_retransmissions_doubled", CounterKind::counter,
     "copies that left twice because their loss would have cost too much"},
    {"tail_probes", CounterKind::counter, "last segments resent after silence"},
    {"sender_retransmissions", CounterKind::counter, "retransmissions made by the sender itself"},
    {"window_edits", CounterKind::counter, "acknowledgments whose window was rewritten"},
    {"sack_edits", CounterKind::counter, "acknowledgments whose SACK blocks were hidden"},
    {"acks_withheld", CounterKind::counter, "duplicate acknowledgments withheld"},
    {"acks_thinned", CounterKind::counter, "acknowledgments merged into a later one"},
    {"hold_budget_expired", CounterKind::counter,
     "holes shown to the sender: hiding them longer would cost its timer"},
    {"pace_cap_expired", CounterKind::counter,
     "data sent ahead of its pace: held as long as allowed"},
    {"verdict_changes", CounterKind::counter, "verdicts that changed"},
    {"repairs_started", CounterKind::counter, "half-flows whose repair began"},
    {"repairs_stopped", CounterKind::counter, "half-flows given back to their sender"},
    {"paced_senders", CounterKind::counter,
     "half-flows left alone: their sender paces itself (BBR)"},
    {"paced_senders_resumed", CounterKind::counter,
     "senders taken up again because they slowed down for stray losses"},
    {"congestion_events", CounterKind::counter, "reductions of a far-leg window"},
    {"congestion_undone", CounterKind::counter, "reductions undone: the loss was none"},
    {"resequencing_given_up", CounterKind::counter,
     "gaps of a near leg passed over: nothing came late in the time learned"},
    {"resequencing_refused", CounterKind::counter,
     "held data released early: no packet memory left"},
    {"undo_injected", CounterKind::counter, "D-SACKs given for copies a near leg's loss made"},
    {"window_updates", CounterKind::counter, "windows shown again while data waited for order"},
    {"undo_refused", CounterKind::counter,
     "such copies not answered: the near leg is congested, or no room"},
    {"outages", CounterKind::counter, "silences of a far leg that were an outage"},
    {"undo_echoes", CounterKind::counter,
     "acknowledgments that end a needless recovery with an original's timestamp"},
    {"near_control_started", CounterKind::counter,
     "half-flows whose sender is steered over an unsteady near leg"},
    {"custody_flows", CounterKind::gauge, "half-flows with bytes acknowledged early outstanding"},
    {"custody_started", CounterKind::counter, "times a half-flow came into custody"},
    {"custody_bytes_claimed", CounterKind::counter,
     "bytes acknowledged before their receiver had them"},
    {"custody_resets", CounterKind::counter,
     "connections reset: bytes in custody could not be delivered"},
    {"early_acks", CounterKind::counter, "acknowledgments made here"},
    {"acks_dripped", CounterKind::counter,
     "of those, from the stock kept for a sender whose window is shut"},
    {"priors_used", CounterKind::counter,
     "half-flows that began with what others to the same far prefix learned"},
    {"priors_evicted", CounterKind::counter, "far prefixes forgotten to make room for another"},
    {"handed_over", CounterKind::counter, "packets passed to the worker that owns their flow"},
    {"transmit_retries", CounterKind::counter, "bursts the transmit queue did not take at once"},
    {"receive_bursts", CounterKind::counter, "polls that brought packets"},
    {"idle_polls", CounterKind::counter, "polls that brought none"},
    {"sleeps", CounterKind::counter, "times an idle worker slept"},
}};

/// Packets and bytes over one port.
struct PortCounters {
  std::uint64_t received_packets{0};
  std::uint64_t received_bytes{0};
  std::uint64_t sent_packets{0};
  std::uint64_t sent_bytes{0};
};

/// One worker's counters. Written by that worker only, plain words; others read a published copy.
struct WorkerCounters {
  std::array<std::uint64_t, kFateCount> fates{};
  std::array<std::uint64_t, kCounterCount> values{};
  std::array<PortCounters, kPortCount> ports{};

  void count(Fate fate) noexcept { ++fates[static_cast<std::size_t>(fate)]; }
  void count(Fate fate, std::uint64_t n) noexcept { fates[static_cast<std::size_t>(fate)] += n; }
  void add(Counter counter, std::uint64_t n = 1) noexcept {
    values[static_cast<std::size_t>(counter)] += n;
  }
  void set(Counter counter, std::uint64_t n) noexcept {
    values[static_cast<std::size_t>(counter)] = n;
  }
  [[nodiscard]] std::uint64_t operator[](Counter counter) const noexcept {
    return values[static_cast<std::size_t>(counter)];
  }
  [[nodiscard]] std::uint64_t operator[](Fate fate) const noexcept {
    return fates[static_cast<std::size_t>(fate)];
  }
};

}  // namespace gimbal
