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
      const auto has_engine = [](const HalfFlowRow& half) { return half.reason[0] != '\0'; };
      if (has_engine(row.halves[i]) || !has_engine(before[i])) continue;
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

/// One run of the worker over the capture under one policy.
Result<Account> pass(const std::string& path, const Plan& plan, const Survey& seen,
                     const CableChooser& chooser, const Policy& policy, PcapWriter* writer) {
  auto opened = PcapReader::open(path);
  if (!opened) return opened.error();
  WorkerOptions options;
  options.flows = plan.flows;
  options.packets = plan.packets;
  // Buffers as long as the longest frame: a pool of jumbo buffers for short frames is waste.
  const std::uint32_t capacity = std::max(256U, (seen.longest + 63U) & ~63U);
  Ledger ledger{plan.keep_packets && policy.ceiling == Mode::repair};
  WatchedIo io{ledger, std::move(opened.value()), chooser, plan.packets, writer, capacity};
  const auto worker = std::make_unique<Worker<WatchedIo>>(options, io);
  worker->shared().policy.store(&policy);
  ledger.watch(worker->counters());
  Harvest harvest;
  drive(io, *worker, ledger, seen.first, harvest);
  Account account;
  account.counters = worker->counters();
  account.flows = std::move(harvest).rows();
  account.packets = ledger.entries();
  account.damage = io.capture().damage();
  account.refused = io.capture().refused();
  return account;
}

/// What is said of the path comes from the pass that changed nothing: the captured ends did not
/// react to a paced or repeated segment, so its round trip is no round trip.
void adopt_judgement(FlowRow& row, const std::vector<FlowRow>& judged) {
  const auto it = std::ranges::find_if(judged, [&](const FlowRow& other) {
    return other.client == row.client && other.server == row.server && other.vlan == row.vlan;
  });
  if (it == judged.end()) return;
  for (std::size_t i = 0; i < row.halves.size(); ++i) {
    HalfFlowRow& mine = row.halves[i];
    const HalfFlowRow& theirs = it->halves[i];
    mine.verdict = theirs.verdict;
    mine.reason = theirs.reason;
    mine.far_rtt_floor = theirs.far_rtt_floor;
    mine.far_rtt_base = theirs.far_rtt_base;
    mine.far_rtt_ceiling = theirs.far_rtt_ceiling;
    mine.reorder_window = theirs.reorder_window;
    mine.delivery_rate = theirs.delivery_rate;
    mine.loss_ratio = theirs.loss_ratio;
  }
}

}  // namespace

Result<Account> replay(const std::string& path, const Plan& plan) {
  const auto seen = survey(path);
  if (!seen) return seen.error();
  const CableChooser chooser{plan.cables, seen.value()};
  Policy observing = plan.policy;
  observing.ceiling = Mode::observe;
  const auto judged = pass(path, plan, seen.value(), chooser, observing, nullptr);
  if (!judged) return judged.error();

  std::optional<PcapWriter> writer;
  if (!plan.output.empty()) {
    auto created = PcapWriter::create(plan.output);
    if (!created) return created.error();
    writer.emplace(std::move(created.value()));
  }
  auto repaired = pass(path, plan, seen.value(), chooser, plan.policy, writer ? &*writer : nullptr);
  if (!repaired) return repaired.error();
  if (writer && !writer->flush()) return Error{plan.output, "could not be written whole"};

  Account account = std::move(repaired.value());
  account.path = path;
  account.cables = chooser.sentence();
  account.frames = seen.value().frames;
  account.span = seen.value().last - seen.value().first;
  for (FlowRow& row : account.flows) adopt_judgement(row, judged.value().flows);
  return account;
}

}  // namespace gimbal::replay
