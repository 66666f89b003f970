#include "policy_publisher.h"

#include <algorithm>

#include "base/check.h"

namespace gimbal {

PolicyPublisher::PolicyPublisher(std::vector<WorkerShared*> workers, const Policy& first)
    : workers_{std::move(workers)} {
  alive_.push_back(std::make_unique<const Policy>(first));
  for (WorkerShared* worker : workers_)
    worker->policy.store(alive_.back().get(), std::memory_order_release);
}

void PolicyPublisher::publish(const Policy& next) {
  GIMBAL_CHECK(next.generation > current().generation);
  alive_.push_back(std::make_unique<const Policy>(next));
  for (WorkerShared* worker : workers_)
    worker->policy.store(alive_.back().get(), std::memory_order_release);
  reclaim();
}

bool PolicyPublisher::applied() const noexcept {
  return std::all_of(workers_.begin(), workers_.end(), [&](const WorkerShared* worker) {
    return worker->policy_in_use.load(std::memory_order_acquire) == current().generation;
  });
}

void PolicyPublisher::reclaim() {
  // A worker that says it uses generation g read its pointer after g was published, and reads none
  // older from then on.
  std::uint64_t oldest = current().generation;
  for (const WorkerShared* worker : workers_)
    oldest = std::min(oldest, worker->policy_in_use.load(std::memory_order_acquire));
  std::erase_if(alive_, [&](const auto& policy) { return policy->generation < oldest; });
}

}  // namespace gimbal
