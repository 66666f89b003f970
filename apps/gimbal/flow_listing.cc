#include "flow_listing.h"

#include <chrono>
#include <thread>

namespace gimbal {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kLook{200};
constexpr std::chrono::milliseconds kPatience{100};
constexpr std::chrono::milliseconds kBudget{2'000};

bool wait_for(const FlowMailbox& box, FlowMailbox::State state) {
  const auto deadline = Clock::now() + kPatience;
  while (box.state.load(std::memory_order_acquire) != state) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace

FlowListing::FlowListing(std::vector<WorkerShared*> workers) {
  for (WorkerShared* worker : workers) desks_.push_back({worker, std::vector<FlowRow>(kPage)});
}

bool FlowListing::ask(Desk& desk, std::uint32_t cursor) {
  FlowMailbox& box = desk.worker->mailbox;
  // An earlier question may still be with the worker, and with it our rows.
  if (box.state.load(std::memory_order_acquire) == FlowMailbox::State::asked &&
      !wait_for(box, FlowMailbox::State::answered))
    return false;
  box.cursor = cursor;
  box.rows = desk.rows;
  box.state.store(FlowMailbox::State::asked, std::memory_order_release);
  return wait_for(box, FlowMailbox::State::answered);
}

FlowPage FlowListing::list(const FlowQuery& query) {
  FlowPage page;
  const auto deadline = Clock::now() + kBudget;
  for (Desk& desk : desks_) {
    std::uint32_t cursor = 0;
    bool more = true;
    while (more && Clock::now() < deadline && ask(desk, cursor)) {
      const FlowMailbox& box = desk.worker->mailbox;
      for (std::uint32_t i = 0; i < box.filled; ++i) {
        const FlowRow& row = desk.rows[i];
        if (!matches(query, row)) continue;
        if (page.matching++ >= query.offset && page.rows.size() < query.limit)
          page.rows.push_back(row);
      }
      cursor = box.cursor;
      more = box.more;
    }
  }
  return page;
}

}  // namespace gimbal
