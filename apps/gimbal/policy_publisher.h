#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pipeline/worker_shared.h"
#include "policy/policy.h"

namespace gimbal {

/// Hands immutable policies to the workers and frees each one when no worker can still be reading
/// it. Control thread only.
class PolicyPublisher {
 public:
  /// The workers see `first` before they run. `workers` must outlive the publisher, and the
  /// publisher the workers' last turn.
  PolicyPublisher(std::vector<WorkerShared*> workers, const Policy& first);

  /// `next.generation` must be higher than that of the policy in force.
  void publish(const Policy& next);
  [[nodiscard]] const Policy& current() const noexcept { return *alive_.back(); }
  /// True when every worker works by the policy in force.
  [[nodiscard]] bool applied() const noexcept;

 private:
  void reclaim();

  std::vector<WorkerShared*> workers_;
  std::vector<std::unique_ptr<const Policy>> alive_;  ///< Oldest first; the last is in force.
};

}  // namespace gimbal
