#include "emulator.h"

#include <net/if.h>
#include <pthread.h>
#include <sched.h>

#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "emulator_worker.h"
#include "io_dpdk/clock.h"
#include "io_dpdk/datapath.h"
#include "io_dpdk/device.h"
#include "io_dpdk/dpdk_io.h"
#include "io_dpdk/worker_loop.h"
#include "page_json.h"
#include "truth_recorder.h"

namespace gimbal::impair {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGrace{1000};
constexpr milliseconds kLook{2};
constexpr milliseconds kPatience{100};

DatapathOptions datapath_options(const EmulatorConfig& config) {
  DatapathOptions options;
  options.devices = {config.ports[0].device, config.ports[1].device};
  options.port_names = {"a", "b"};
  options.workers = config.workers;
  options.hugepages = config.memory.hugepages;
  options.packets = config.memory.packets;
  options.allow_default_route = config.allow_default_route;
  options.flow_affinity = false;
  return options;
}

/// On a shared core an ordinary thread wakes milliseconds late under load, and every packet with
/// it. A real-time one wakes in microseconds. A spinning worker is not given this: it would never
/// let the kernel's own threads run. Best effort: without the right, packets are later, not lost.
void take_precedence(Idle idle) {
  if (idle == Idle::spin) return;
  const sched_param priority{1};
  if (const int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority); error != 0) {
    spdlog::warn("no real-time priority ({}): releases will be less precise", std::strerror(error));
  }
}

std::int64_t since_1970() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

nlohmann::json describe(const CaptureRecorder& capture) {
  constexpr std::array<const char*, 3> kSides{"a", "b", "both"};
  return {{"file", capture.options().file},
          {"side", kSides.at(static_cast<std::size_t>(capture.options().sides))},
          {"state", to_string(capture.state())},
          {"frames", capture.frames()},
          {"lost", capture.lost()}};
}

/// True once `done`, false when it did not come true in `patience`.
template <class Done>
bool wait_for(milliseconds patience, Done done) {
  const auto end = steady_clock::now() + patience;
  while (!done()) {
    if (steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace

struct Emulator::State {
  using Worker = EmulatorWorker<DpdkIo, TscClock>;

  EmulatorConfig config;
  std::vector<std::shared_ptr<const EmulatorConfig>> owners;  // Of what the worker looks at.
  std::unique_ptr<TruthRecorder> recorder;
  std::unique_ptr<Datapath> datapath;
  std::unique_ptr<Worker> worker;
  WorkerPulse pulse;
  std::int64_t epoch_ns{0};  // When the worker's time zero was, since 1970.
  std::unique_ptr<CaptureRecorder> capture;
  nlohmann::json last_capture;     // What became of the one before, or null.
  std::uint64_t frames_before{0};  // Of all captures that ended.
  std::uint64_t lost_before{0};
  bool running{false};
};

Emulator::Emulator(std::unique_ptr<State> state) noexcept : state_{std::move(state)} {}
Emulator::~Emulator() { stop(); }

Result<std::unique_ptr<Emulator>> Emulator::start(const EmulatorConfig& config) {
  auto state = std::make_unique<State>();
  state->config = config;
  auto datapath = Datapath::open(datapath_options(config));
  if (!datapath) return datapath.error();
  state->datapath = std::move(datapath.value());
  if (config.truth_log) {
    auto recorder = TruthRecorder::start(*config.truth_log, config.seed);
    if (!recorder) return recorder.error();
    state->recorder = std::move(recorder.value());
  }
  const TscClock clock;
  const EmulatorSettings settings{config.ways[0], config.ways[1], config.seed, max_held(config)};
  DpdkIo& io = state->datapath->io(0);
  state->worker = std::make_unique<State::Worker>(
      io, clock, settings, state->recorder ? &state->recorder->ring() : nullptr);
  state->epoch_ns = since_1970() - (clock.now() - state->worker->start()).count();
  State* const raw = state.get();
  state->datapath->launch([raw, &io, clock](unsigned) {
    take_precedence(raw->config.workers.idle);
    run_worker(*raw->worker, io, clock, raw->config.workers.idle, raw->pulse);
  });
  state->running = true;
  return std::unique_ptr<Emulator>{new Emulator{std::move(state)}};
}

void Emulator::stop() {
  if (!state_->running) return;
  state_->running = false;
  const auto on_their_way = [this] {
    const EmulatorPage now = page();
    return now.ways[0].held + now.ways[1].held;
  };
  state_->worker->close();
  // One publication must pass first: the last one may know nothing of the newest packets.
  const auto closed_at = page().uptime_ns;
  wait_for(kGrace, [&] { return page().uptime_ns > closed_at && on_their_way() == 0; });
  state_->pulse.stop.store(true);
  state_->datapath->join();
  end_capture();
}

std::optional<Error> Emulator::start_capture(const CaptureOptions& options) {
  if (state_->capture && state_->capture->state() == CaptureRecorder::State::running) {
    return Error{state_->capture->options().file, "is being captured to: stop that first"};
  }
  if (state_->capture) {
    if (auto error = stop_capture()) return error;
  }
  auto recorder = CaptureRecorder::start(options, state_->epoch_ns);
  if (!recorder) return recorder.error();
  state_->capture = std::move(recorder.value());
  return give_tap(&state_->capture->ring());
}

std::optional<Error> Emulator::stop_capture() {
  if (!state_->capture) return Error{"action", "nothing is being captured"};
  if (auto error = give_tap(nullptr)) return error;
  end_capture();
  return std::nullopt;
}

std::optional<Error> Emulator::give_tap(CaptureRing* ring) {
  auto& taps = state_->worker->taps();
  if (wait_for(kPatience, [&] { return taps.offer(ring); }) &&
      wait_for(kPatience, [&] { return taps.taken(); })) {
    return std::nullopt;
  }
  return Error{"action", "the worker did not take the change in time: try again"};
}

void Emulator::end_capture() {
  if (!state_->capture) return;
  state_->capture->stop();
  state_->last_capture = describe(*state_->capture);
  state_->frames_before += state_->capture->frames();
  state_->lost_before += state_->capture->lost();
  state_->capture.reset();
}

nlohmann::json Emulator::capture() const {
  const CaptureRecorder* const now = state_->capture.get();
  nlohmann::json out = now != nullptr ? describe(*now) : state_->last_capture;
  if (out.is_null()) out = {{"state", "none"}};
  out["frames_in_all"] = state_->frames_before + (now != nullptr ? now->frames() : 0);
  out["lost_in_all"] = state_->lost_before + (now != nullptr ? now->lost() : 0);
  return out;
}

const std::optional<std::string>& Emulator::capture_folder() const noexcept {
  return state_->config.capture_folder;
}

EmulatorPage Emulator::page() const { return state_->worker->page(); }

nlohmann::json Emulator::status() const {
  const EmulatorPage now = page();
  nlohmann::json out = describe(now);
  out["seed"] = state_->config.seed;
  out["worker"] = {{"turns", state_->pulse.beats.load(std::memory_order_relaxed)},
                   {"sleeps", state_->pulse.sleeps.load(std::memory_order_relaxed)}};
  for (const PortId port : {PortId::lan, PortId::wan}) {
    const PortReport& report = state_->datapath->report(port);
    const PortStats stats = state_->datapath->stats(port);
    out["ports"][port == PortId::lan ? "a" : "b"] = {
        {"device", report.device}, {"driver", report.driver}, {"reason", report.reason},
        {"mtu", report.mtu},       {"missed", stats.missed},  {"oversize", stats.oversize},
        {"starved", stats.starved}};
  }
  out["truth_log"] = nullptr;
  if (state_->recorder) {
    out["truth_log"] = {{"file", *state_->config.truth_log},
                        {"records", state_->recorder->records()},
                        {"lost", state_->recorder->lost()}};
  }
  out["capture"] = capture();
  return out;
}

std::optional<std::string> Emulator::lost_port() const {
  for (const PortConfig& port : state_->config.ports) {
    const auto device = parse_device(port.device);
    const std::string interface = device ? device.value().interface : "";
    if (!interface.empty() && if_nametoindex(interface.c_str()) == 0) return port.device;
  }
  return std::nullopt;
}

std::optional<Error> Emulator::change(std::shared_ptr<const EmulatorConfig> owner,
                                      const Ways& ways) {
  state_->owners.push_back(std::move(owner));
  auto& changes = state_->worker->changes();
  if (!wait_for(kPatience, [&] { return changes.offer(ways); }) ||
      !wait_for(kPatience, [&] { return changes.taken(); })) {
    return Error{"a_to_b", "the worker did not take the change in time: try again"};
  }
  state_->owners.erase(state_->owners.begin(), state_->owners.end() - 1);
  return std::nullopt;
}

}  // namespace gimbal::impair
