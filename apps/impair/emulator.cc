#include "emulator.h"

#include <net/if.h>
#include <pthread.h>
#include <sched.h>

#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "emulator_worker.h"
#include "io_dpdk/clock.h"
#include "io_dpdk/datapath.h"
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
  return out;
}

std::optional<std::string> Emulator::lost_port() const {
  constexpr std::string_view kKernel = "iface:";
  for (const PortConfig& port : state_->config.ports) {
    const bool kernel = port.device.compare(0, kKernel.size(), kKernel) == 0;
    if (kernel && if_nametoindex(port.device.c_str() + kKernel.size()) == 0) return port.device;
  }
  return std::nullopt;
}

std::optional<Error> Emulator::change(std::shared_ptr<const EmulatorConfig> owner,
                                      const Ways& ways) {
  state_->owners.push_back(std::move(owner));
  auto& changes = state_->worker->changes();
  constexpr milliseconds kPatience{100};
  if (!wait_for(kPatience, [&] { return changes.offer(ways); }) ||
      !wait_for(kPatience, [&] { return changes.taken(); })) {
    return Error{"a_to_b", "the worker did not take the change in time: try again"};
  }
  state_->owners.erase(state_->owners.begin(), state_->owners.end() - 1);
  return std::nullopt;
}

}  // namespace gimbal::impair
