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
  appliance->datapath_ = std::move(datapath.value());
  appliance->workers_ = std::make_unique<WorkerSet>(*appliance->datapath_, config);
  appliance->backend_ =
      std::make_unique<ApplianceBackend>(config, *appliance->datapath_, *appliance->workers_);
  if (config.control.port != 0) {
    auto server = start_server(config.control, *appliance->backend_);
    if (!server) return server.error();
    appliance->server_ = std::move(server.value());
  }
  appliance->workers_->start();
  const auto deadline = std::chrono::steady_clock::now() + kFirstTurn;
  while (!appliance->workers_->running()) {
    if (std::chrono::steady_clock::now() > deadline)
      return Error{"workers.cores",
                   "a worker gets no time on its core; choose cores that are free"};
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  appliance->backend_->set_ready(true);
  return appliance;
}

void Appliance::watch() {
  last_beats_.resize(workers_->size(), 0);
  bool stalled = false;
  for (unsigned w = 0; w < workers_->size(); ++w) {
    const WorkerVitals vitals = workers_->vitals(w);
    const bool stands = vitals.beats == last_beats_[w];
    if (stands && !stalled_) spdlog::error("worker {} on core {} stands still", w, vitals.core);
    stalled = stalled || stands;
    last_beats_[w] = vitals.beats;
  }
  if (stalled_ && !stalled) spdlog::info("all workers run again");
  stalled_ = stalled;
  backend_->set_ready(!stalled);
}

bool Appliance::stop() {
  backend_->set_ready(false);
  server_.reset();
  return workers_->stop(kStopMilliseconds);
}

}  // namespace gimbal
