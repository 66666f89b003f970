#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "io_dpdk/datapath.h"
#include "pipeline/worker_shared.h"

namespace gimbal {

/// What an operator asks of one worker beside its counters.
struct WorkerVitals {
  unsigned core{0};
  std::uint64_t beats{0};  ///< Turns of its loop.
  std::uint64_t sleeps{0};
  bool finished{false};
};

/// The packet workers: one pipeline over one DpdkIo each, on its own pinned thread. Hides DPDK and
/// the pipeline's templates from the rest of the program. Control thread only.
class WorkerSet {
 public:
  /// Takes all memory of the packet path; nothing runs yet.
  WorkerSet(Datapath& datapath, const ApplianceConfig& config);
  ~WorkerSet();
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;

  [[nodiscard]] std::vector<WorkerShared*> shared() noexcept;
  [[nodiscard]] WorkerVitals vitals(unsigned worker) const noexcept;
  [[nodiscard]] const WorkerMemory& memory(unsigned worker) const noexcept;
  [[nodiscard]] unsigned size() const noexcept;

  /// Every worker's `shared().policy` must be set.
  void start();
  /// Every worker has completed a turn.
  [[nodiscard]] bool running() const noexcept;
  /// Asks them to drain and end; false when one has not within `milliseconds`.
  [[nodiscard]] bool stop(unsigned milliseconds);

 private:
  struct Seat;
  Datapath& datapath_;
  Idle idle_;
  std::vector<std::unique_ptr<Seat>> seats_;
  bool started_{false};
};

}  // namespace gimbal
