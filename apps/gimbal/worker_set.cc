#include "worker_set.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "io_dpdk/dpdk_io.h"
#include "io_dpdk/worker_loop.h"
#include "pipeline/worker.h"

namespace gimbal {

struct WorkerSet::Seat {
  Seat(const WorkerOptions& options, DpdkIo& dpdk_io, unsigned on_core)
      : core{on_core}, io{dpdk_io}, worker{options, dpdk_io} {}

  unsigned core;
  DpdkIo& io;
  Worker<DpdkIo> worker;
  WorkerPulse pulse;
  std::atomic<bool> finished{false};  // worker: w, control: r
};

WorkerSet::WorkerSet(Datapath& datapath, const ApplianceConfig& config)
    : datapath_{datapath}, idle_{config.workers.idle} {
  const auto workers = static_cast<std::uint32_t>(config.workers.cores.size());
  for (std::uint32_t w = 0; w < workers; ++w) {
    WorkerOptions options;
    options.flows = std::max(config.memory.flows / workers, 1U);
    options.packets = config.memory.packets / workers;
    options.worker = static_cast<std::uint16_t>(w);
    seats_.push_back(std::make_unique<Seat>(options, datapath.io(w), config.workers.cores[w]));
  }
}

WorkerSet::~WorkerSet() {
  if (!started_) return;
  for (const auto& seat : seats_) seat->pulse.stop.store(true, std::memory_order_relaxed);
  datapath_.join();
}

std::vector<WorkerShared*> WorkerSet::shared() noexcept {
  std::vector<WorkerShared*> all;
  for (const auto& seat : seats_) all.push_back(&seat->worker.shared());
  return all;
}

WorkerVitals WorkerSet::vitals(unsigned worker) const noexcept {
  const Seat& seat = *seats_[worker];
  return {seat.core, seat.pulse.beats.load(std::memory_order_relaxed),
          seat.pulse.sleeps.load(std::memory_order_relaxed),
          seat.finished.load(std::memory_order_acquire)};
}

const WorkerMemory& WorkerSet::memory(unsigned worker) const noexcept {
  return seats_[worker]->worker.memory();
}

unsigned WorkerSet::size() const noexcept { return static_cast<unsigned>(seats_.size()); }

void WorkerSet::start() {
  started_ = true;
  // One clock for all: what the workers write down can be compared.
  datapath_.launch([this, clock = TscClock{}](unsigned w) {
    Seat& seat = *seats_[w];
    run_worker(seat.worker, seat.io, clock, idle_, seat.pulse);
    seat.finished.store(true, std::memory_order_release);
  });
}

bool WorkerSet::running() const noexcept {
  return std::all_of(seats_.begin(), seats_.end(), [](const auto& seat) {
    return seat->pulse.beats.load(std::memory_order_relaxed) > 0;
  });
}

bool WorkerSet::stop(unsigned milliseconds) {
  for (const auto& seat : seats_) seat->pulse.stop.store(true, std::memory_order_relaxed);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{milliseconds};
  for (const auto& seat : seats_) {
    while (started_ && !seat->finished.load(std::memory_order_acquire)) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  return true;
}

}  // namespace gimbal
