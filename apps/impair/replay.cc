#include "replay.h"

#include <array>
#include <memory>
#include <span>
#include <utility>

#include "fate_capture.h"
#include "impair/capture_ring.h"
#include "impair/emulator_core.h"
#include "impair/truth_file.h"
#include "io_pcap/pcap_io.h"
#include "side_rule.h"

namespace gimbal::impair {
namespace {

/// Where the fates go, in order of arrival.
struct Outputs {
  std::optional<TruthWriter> truth;
  std::optional<FateCapture> annotated;
  std::optional<PcapWriter> out;
};

Result<Outputs> open_outputs(const EmulatorConfig& config, const ReplayOptions& options) {
  Outputs outputs;
  if (!options.truth.empty()) {
    auto truth = TruthWriter::create(options.truth, config.seed);
    if (!truth) return truth.error();
    outputs.truth.emplace(std::move(truth.value()));
  }
  if (!options.out.empty()) {
    auto out = PcapWriter::create(options.out);
    if (!out) return out.error();
    outputs.out.emplace(std::move(out.value()));
  }
  return outputs;
}

std::optional<Error> open_annotated(Outputs& outputs, const ReplayOptions& options, Instant start) {
  if (options.annotated.empty()) return std::nullopt;
  auto file = FateCapture::create(options.annotated, Sides::both, start.ns(),
                                  PcapngWriter::Existing::replace);
  if (!file) return file.error();
  outputs.annotated.emplace(std::move(file.value()));
  return std::nullopt;
}

/// Writes down what was decided in one turn.
class Scribe {
 public:
  explicit Scribe(Outputs& outputs) : outputs_{outputs} {
    if (outputs.annotated) frames_ = std::make_unique<CaptureRing>(kTurnBytes, kLargestFrame);
  }

  [[nodiscard]] TruthRing& fates() noexcept { return fates_; }
  [[nodiscard]] CaptureRing* frames() noexcept { return frames_.get(); }

  void write_turn() {
    std::array<TruthRecord, 64> records;
    while (const std::size_t count = fates_.pop(records)) {
      if (outputs_.truth) outputs_.truth->append(std::span{records}.first(count));
    }
    if (!frames_) return;
    while (const auto frame = frames_->pop()) outputs_.annotated->add(*frame);
  }

 private:
  // A turn decides on two bursts at most, and shows each packet twice at most.
  static constexpr std::uint32_t kLargestFrame = 65'535;
  static constexpr std::size_t kTurnBytes = std::size_t{128} * 2 * kLargestFrame;

  Outputs& outputs_;
  TruthRing fates_{1024};
  std::unique_ptr<CaptureRing> frames_;
};

std::optional<Error> close_outputs(Outputs& outputs, const ReplayOptions& options) {
  constexpr const char* kFull = "could not be written whole: is the disk full?";
  if (outputs.truth) {
    const bool whole = outputs.truth->close(0);
    if (!whole || outputs.truth->lost() > 0) return Error{options.truth, kFull};
  }
  if (outputs.annotated && !outputs.annotated->finish()) return Error{options.annotated, kFull};
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
  if (auto error = open_annotated(outputs, options, start)) return *error;
  Scribe scribe{outputs};
  const EmulatorSettings settings{config.ways[0], config.ways[1], config.seed, max_held(config)};
  const auto core = std::make_unique<EmulatorCore<PcapIo>>(io, settings, start, &scribe.fates());
  core->capture_to(scribe.frames());

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
