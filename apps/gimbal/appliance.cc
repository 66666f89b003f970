#include "appliance.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>

namespace gimbal {
namespace {

constexpr unsigned kStopMilliseconds = 1'500;  // Of the 2 s the contract gives.
constexpr std::chrono::seconds kFirstTurn{5};

DatapathOptions datapath_options(const ApplianceConfig& config) {
  DatapathOptions options;
  options.devices = {config.lan.device, config.wan.device};
  options.workers = config.workers;
  options.hugepages = config.memory.hugepages;
  options.packets = config.memory.packets;
  options.allow_default_route = config.allow_default_route;
  return options;
}

Result<std::unique_ptr<Server>> start_server(const ControlConfig& control, Backend& backend) {
  ServerOptions options;
  options.address = control.address;
  options.port = control.port;
  options.audit = [](const std::string& line) { spdlog::info("control: {}", line); };
  return Server::start(options, backend);
}

}  // namespace

Result<std::unique_ptr<Appliance>> Appliance::start(const ApplianceConfig& config) {
  std::unique_ptr<Appliance> appliance{new Appliance};
  auto datapath = Datapath::open(datapath_options(config));
  if (!datapath) return datapath.error();
  appliance->x_datapath = std::move(datapath.value());
  appliance->x_workers = std::make_unique<WorkerSet>(*appliance->x_datapath, config);
  appliance->x_backend =
      std::make_unique<ApplianceBackend>(config, *appliance->x_datapath, *appliance->x_workers);
  if (config.control.port != 0) {
    auto server = start_server(config.control, *appliance->x_backend);
    if (!server) return server.error();
    appliance->x_server = std::move(server.value());
  }
  appliance->x_workers->start();
  const auto deadline = std::chrono::steady_clock::now() + kFirstTurn;
  while (!appliance->x_workers->running()) {
    if (std::chrono::steady_clock::now() > deadline)
      return Error{"workers.cores",
                   "a worker gets no time on its core; choose cores that are free"};
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  appliance->x_backend->set_ready(true);
  return appliance;
}

void Appliance::watch() {
  x_last_beats.resize(x_workers->size(), 0);
  bool stalled = false;
  for (unsigned w = 0; w < x_workers->size(); ++w) {
    const WorkerVitals vitals = x_workers->vitals(w);
    const bool stands = vitals.beats == x_last_beats[w];
    if (stands && !x_stalled) spdlog::error("worker {} on core {} stands still", w, vitals.core);
    stalled = stalled || stands;
    x_last_beats[w] = vitals.beats;
  }
  if (x_stalled && !stalled) spdlog::info("all workers run again");
  x_stalled = stalled;
  x_backend->set_ready(!stalled);
}

bool Appliance::stop() {
  x_backend->set_ready(false);
  x_server.reset();
  return x_workers->stop(kStopMilliseconds);
}

}  // namespace gimbal
