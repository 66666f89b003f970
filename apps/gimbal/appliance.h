#pragma once

#include <memory>

#include "appliance_backend.h"
#include "base/result.h"
#include "config/config.h"
#include "control/server.h"
#include "io_dpdk/datapath.h"
#include "worker_set.h"

namespace gimbal {

/// The running appliance: ports, workers, REST. Members are given back last to first.
class Appliance {
 public:
  /// Opens everything and lets packets flow. An error names its place and mend, and leaves nothing
  /// changed.
  static Result<std::unique_ptr<Appliance>> start(const ApplianceConfig& config);

  [[nodiscard]] const PortReport& report(PortId port) const noexcept {
    return datapath_->report(port);
  }
  /// Called about once a second: logs a worker that stands still, and its recovery.
  void watch();
  /// Ends REST, then the workers, which send on everything they hold. False when a worker hangs:
  /// the process must then end without destructors.
  [[nodiscard]] bool stop();

 private:
  Appliance() = default;

  std::unique_ptr<Datapath> datapath_;
  std::unique_ptr<WorkerSet> workers_;
  std::unique_ptr<ApplianceBackend> backend_;
  std::unique_ptr<Server> server_;
  std::vector<std::uint64_t> last_beats_;
  bool stalled_{false};
};

}  // namespace gimbal
