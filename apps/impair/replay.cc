#include "replay.h"

#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "fate_text.h"
#include "impair/emulator_core.h"
#include "impair/pcapng_file.h"
#include "impair/truth_file.h"
#include "io_pcap/pcap_io.h"
#include "side_rule.h"

namespace gimbal::impair {
namespace {

/// The capture as ports, which keeps a copy of what arrived until its fate is written down.
class WatchedIo {
 public:
  WatchedIo(PcapIo& io, bool keep) : io_{io}, keep_{keep} {}

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    const std::size_t count = io_.receive(port, out);
    for (const Packet& packet : out.first(keep_ ? count : 0)) {
      arrived_.emplace_back(packet.bytes().begin(), packet.bytes().end());
    }
    return count;
  }
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    return io_.transmit(port, in);
  }
  void retain(const Packet& packet) noexcept { io_.retain(packet); }
  void release(const Packet& packet) noexcept { io_.release(packet); }
  std::optional<Packet> allocate(std::uint32_t length) noexcept { return io_.allocate(length); }

  std::deque<std::vector<std::byte>>& arrived() noexcept { return arrived_; }

 private:
  PcapIo& io_;
  bool keep_;
  std::deque<std::vector<std::byte>> arrived_;
};

/// Where the fates go, in order of arrival.
struct Outputs {
  std::optional<TruthWriter> truth;
  std::optional<PcapngWriter> annotated;
  std::optional<PcapWriter> out;
};

Result<Outputs> open_outputs(const EmulatorConfig& config, const ReplayOptions& options) {
  Outputs outputs;
  if (!options.truth.empty()) {
    auto truth = TruthWriter::create(options.truth, config.seed);
    if (!truth) return truth.error();
    outputs.truth.emplace(std::move(truth.value()));
  }
  if (!options.annotated.empty()) {
    auto annotated = PcapngWriter::create(options.annotated, {"a", "b"});
    if (!annotated) return annotated.error();
    outputs.annotated.emplace(std::move(annotated.value()));
  }
  if (!options.out.empty()) {
    auto out = PcapWriter::create(options.out);
    if (!out) return out.error();
    outputs.out.emplace(std::move(out.value()));
  }
  return outputs;
}

void annotate(PcapngWriter& file, const TruthRecord& record, std::span<const std::byte> frame,
              Instant start) {
  const std::string fate = fate_text(record);
  const std::uint32_t far = record.from ^ 1u;
  const bool copy = (record.marks & kMarkCopy) != 0;
  if (!copy) {
    file.write(record.from, start.ns() + record.enqueued, frame, record.frame_bytes, "in, " + fate);
  }
  if (record.cause == 0) {
    file.write(far, start.ns() + record.released, frame, record.frame_bytes, "out, " + fate);
  }
}

/// Writes down what was decided in one turn.
class Scribe {
 public:
  Scribe(Outputs& outputs, WatchedIo& io, Instant start)
      : outputs_{outputs}, io_{io}, start_{start} {}

  [[nodiscard]] TruthRing& ring() noexcept { return ring_; }

  void write_turn() {
    std::array<TruthRecord, 64> records;
    while (const std::size_t count = ring_.pop(records)) {
      const auto decided = std::span{records}.first(count);
      if (outputs_.truth) outputs_.truth->append(decided);
      for (const TruthRecord& record : decided) write(record);
    }
  }

 private:
  void write(const TruthRecord& record) {
    if (!outputs_.annotated) return;
    if ((record.marks & kMarkCopy) == 0) {
      frame_ = std::move(io_.arrived().front());
      io_.arrived().pop_front();
    }
    annotate(*outputs_.annotated, record, frame_, start_);
  }

  Outputs& outputs_;
  WatchedIo& io_;
  Instant start_;
  TruthRing ring_{1024};  // A turn decides on two bursts at most.
  std::vector<std::byte> frame_;
};

std::optional<Error> close_outputs(Outputs& outputs, const ReplayOptions& options) {
  constexpr const char* kFull = "could not be written whole: is the disk full?";
  if (outputs.truth) {
    const bool whole = outputs.truth->close(0);
    if (!whole || outputs.truth->lost() > 0) return Error{options.truth, kFull};
  }
  if (outputs.annotated && !outputs.annotated->flush()) return Error{options.annotated, kFull};
  if (outputs.out && !outputs.out->flush()) return Error{options.out, kFull};
  return std::nullopt;
}

template <class Core>
void change(Core& core, const Ways& ways, Instant now) {
  for (const PortId port : {PortId::lan, PortId::wan}) {
    core.reconfigure(port, ways[static_cast<std::size_t>(port)], now);
  }
}

}  // namespace

Result<ReplaySummary> replay(const EmulatorConfig& config, const ReplayOptions& options) {
  auto reader = PcapReader::open(options.capture);
  if (!reader) return reader.error();
  auto opened = open_outputs(config, options);
  if (!opened) return opened.error();
  Outputs& outputs = opened.value();
  PcapIo io{std::move(reader.value()), SideRule{options.hosts_of_a}, config.memory.packets,
            outputs.out ? &*outputs.out : nullptr};
  const Instant start = io.next_arrival().value_or(Instant{});
  WatchedIo watched{io, outputs.annotated.has_value()};
  Scribe scribe{outputs, watched, start};
  const EmulatorSettings settings{config.ways[0], config.ways[1], config.seed, max_held(config)};
  const auto core =
      std::make_unique<EmulatorCore<WatchedIo>>(watched, settings, start, &scribe.ring());

  TimelineCursor timeline{config.timeline, config.ways};
  Instant now = start;
  for (;;) {
    const Instant next = min(io.next_arrival().value_or(Instant::never()), core->next_due());
    if (next == Instant::never()) break;
    now = max(now, next);
    while (timeline.next_due() <= now - start) {
      const Instant due = start + timeline.next_due();
      change(*core, timeline.advance(), due);
    }
    io.advance(now);
    core->run_once(now);
    scribe.write_turn();
  }
  if (auto error = close_outputs(outputs, options)) return *error;
  return ReplaySummary{{core->counters(PortId::lan, now), core->counters(PortId::wan, now)},
                       io.refused(),
                       io.damage()};
}

}  // namespace gimbal::impair
