#pragma once

#include <vector>

#include "control/backend.h"
#include "pipeline/worker_shared.h"

namespace gimbal {

/// Lists the flows of all workers, a page at a time, through their mailboxes: a worker copies at
/// most `kPage` rows between two bursts and never waits. Control thread only.
class FlowListing {
 public:
  explicit FlowListing(std::vector<WorkerShared*> workers);

  /// Gives up on a worker that does not answer, and stops after about 2 s: the page then holds,
  /// and `matching` counts, what was seen so far.
  [[nodiscard]] FlowPage list(const FlowQuery& query);

 private:
  static constexpr std::size_t kPage = 256;
  struct Desk {
    WorkerShared* worker;
    std::vector<FlowRow> rows;  ///< Lent to the worker while its mailbox is not idle.
  };
  /// Waits for the worker; false when it does not answer.
  static bool ask(Desk& desk, std::uint32_t cursor);

  std::vector<Desk> desks_;
};

}  // namespace gimbal
