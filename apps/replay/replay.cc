#include "replay/replay.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "io_pcap/pcap_file.h"
#include "pipeline/worker.h"
#include "replay/watched_io.h"

namespace gimbal::replay {

namespace {

/// The worker's clock starts here; a capture's own may be decades from zero, which no timer wheel
/// should have to walk.
constexpr Instant kStart = Instant{} + Nanos::seconds(1);
constexpr Nanos kHarvest = Nanos::millis(20);
/// Longer than any hold: after this nothing waits any more.
constexpr Nanos kAfterglow = Nanos::millis(500);

/// One row per connection, the richest seen of it: a closed flow's engine has gone, and its figures
/// with it.
class Harvest {
 public:
  void take(FlowDirectory& flows, Instant now) {
    auto& table = flows.table();
    for (std::uint32_t i = table.next_used(0); i < table.capacity(); i = table.next_used(i + 1)) {
      FlowRow row;
      flows.describe(table.at(i), now, row);
      merge(row);
    }
  }
  [[nodiscard]] std::vector<FlowRow> rows() && { return std::move(rows_); }

 private:
  void merge(const FlowRow& row) {
    const auto it = std::ranges::find_if(rows_, [&](const FlowRow& known) {
      return known.client == row.client && known.server == row.server && known.vlan == row.vlan;
    });
    if (it == rows_.end()) return rows_.push_back(row);
    const auto before = it->halves;
    *it = row;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool engine_gone = row.halves[i].far_rtt_ceiling == Nanos{};
      if (!engine_gone || before[i].far_rtt_ceiling == Nanos{}) continue;
      const std::uint64_t bytes = row.halves[i].bytes;
      const std::uint64_t resent = row.halves[i].sender_retransmissions;
      it->halves[i] = before[i];
      it->halves[i].bytes = bytes;
      it->halves[i].sender_retransmissions = resent;
      it->halves[i].in_flight = it->halves[i].queued = it->halves[i].cached_packets = 0;
    }
  }
  std::vector<FlowRow> rows_;
};

void drive(WatchedIo& io, Worker<WatchedIo>& worker, Ledger& ledger, Instant first,
           Harvest& harvest) {
  const auto capture_time = [&](Instant now) { return first + (now - kStart); };
  Instant now = kStart;
  Instant next_harvest = kStart;
  const auto turn = [&](Instant when) {
    now = max(when, now);
    io.advance(capture_time(now), now);
    worker.run_once(now);
    ledger.settle();
    if (now < next_harvest) return;
    harvest.take(worker.flows(), now);
    next_harvest = now + kHarvest;
  };
  while (const auto arrival = io.next_arrival())
    turn(min(kStart + (*arrival - first), max(worker.next_deadline(), now + Nanos::micros(5))));
  const Instant end = now + kAfterglow;
  while (now < end) turn(max(worker.next_deadline(), now + Nanos::micros(5)));
  harvest.take(worker.flows(), now);
  worker.drain(now);
  ledger.settle();
}

}  // namespace

Result<Account> replay(const std::string& path, const Plan& plan) {
  auto seen = survey(path);
  if (!seen) return seen.error();
  const CableChooser chooser{plan.cables, seen.value()};
  std::optional<PcapWriter> writer;
  if (!plan.output.empty()) {
    auto created = PcapWriter::create(plan.output);
    if (!created) return created.error();
    writer.emplace(std::move(created.value()));
  }
  auto opened = PcapReader::open(path);
  if (!opened) return opened.error();

  WorkerOptions options;
  options.flows = plan.flows;
  options.packets = plan.packets;
  // Buffers as long as the longest frame: a pool of jumbo buffers for short frames is waste.
  const std::uint32_t capacity = std::max(256U, (seen.value().longest + 63U) & ~63U);
  Ledger ledger{plan.keep_packets};
  WatchedIo io{ledger,       std::move(opened.value()),   chooser,
               plan.packets, writer ? &*writer : nullptr, capacity};
  const auto worker = std::make_unique<Worker<WatchedIo>>(options, io);
  worker->shared().policy.store(&plan.policy);
  ledger.watch(worker->counters());

  Harvest harvest;
  drive(io, *worker, ledger, seen.value().first, harvest);
  if (writer && !writer->flush()) return Error{plan.output, "could not be written whole"};

  Account account;
  account.path = path;
  account.cables = chooser.sentence();
  account.frames = seen.value().frames;
  account.span = seen.value().last - seen.value().first;
  account.counters = worker->counters();
  account.flows = std::move(harvest).rows();
  account.packets = ledger.entries();
  account.damage = io.capture().damage();
  account.refused = io.capture().refused();
  return account;
}

}  // namespace gimbal::replay
