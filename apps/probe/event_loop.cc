#include "probe/event_loop.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gimbal::probe {
namespace {

/// After work, more is likely within this time: looking again is cheaper, for both ends, than being
/// woken for every message. Yields in between, so that a shared core loses nothing by it.
constexpr std::chrono::microseconds kSpin{50};
constexpr EventLoop::Id kWakeup = UINT64_MAX;

timespec to_timespec(Clock::duration span) {
  const auto ns = std::max<std::int64_t>(span.count(), 0);
  return {ns / 1'000'000'000, ns % 1'000'000'000};
}

}  // namespace

EventLoop::EventLoop()
    : poll_{::epoll_create1(EPOLL_CLOEXEC)}, wakeup_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // The default of 50 us would show in every open loop.
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeup;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event);
}

EventLoop::Id EventLoop::add(Watcher& watcher, int fd, std::uint32_t events) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.watcher = &watcher;
  slot.fd = fd;
  slot.events = events;
  const Id id = (Id{slot.generation} << 32) | index;
  if (fd >= 0) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  return id;
}

EventLoop::Slot* EventLoop::find(Id id) noexcept {
  const std::size_t index = id & UINT32_MAX;
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  return slot.watcher != nullptr && slot.generation == id >> 32 ? &slot : nullptr;
}

void EventLoop::watch(Id id, std::uint32_t events) {
  Slot* slot = find(id);
  if (slot == nullptr || slot->events == events) return;
  slot->events = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, slot->fd, &event);
}

void EventLoop::wake_at(Id id, Clock::time_point when) { wakes_.push({when, id}); }

void EventLoop::remove(Id id) noexcept {
  Slot* slot = find(id);
  if (slot == nullptr) return;
  if (slot->fd >= 0) ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, slot->fd, nullptr);
  slot->watcher = nullptr;
  ++slot->generation;
  free_.push_back(static_cast<std::uint32_t>(slot - slots_.data()));
}

void EventLoop::run_due() {
  // What is asked for while this runs waits for the next turn, or a watcher whose time is always
  // "now" would keep the sockets waiting.
  const Clock::time_point now = Clock::now();
  while (!wakes_.empty() && wakes_.top().when <= now) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    if (Slot* slot = find(wake.id)) slot->watcher->advance(0, Clock::now());
  }
}

int EventLoop::wait(std::span<epoll_event> events, Clock::duration limit) {
  const int size = static_cast<int>(events.size());
  const Clock::duration spin = busy_ ? std::min<Clock::duration>(limit, kSpin) : Clock::duration{};
  const Clock::time_point until = Clock::now() + spin;
  int n = 0;
  do {
    constexpr timespec kNow{};
    n = ::epoll_pwait2(poll_.get(), events.data(), size, &kNow, nullptr);
    if (n != 0) break;
    ::sched_yield();
  } while (Clock::now() < until);
  busy_ = n > 0;
  if (n != 0 || limit <= spin) return n;
  const timespec timeout = to_timespec(limit - spin);
  n = ::epoll_pwait2(poll_.get(), events.data(), size, &timeout, nullptr);
  busy_ = n > 0;
  return n;
}

void EventLoop::turn(Clock::duration limit) {
  if (!wakes_.empty()) limit = std::min(limit, wakes_.top().when - Clock::now());
  std::array<epoll_event, 256> events;
  const int n = wait(events, limit);
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (Slot* slot = find(event.data.u64)) slot->watcher->advance(event.events, Clock::now());
  }
  run_due();
}

void EventLoop::stop() noexcept {
  stop_.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wakeup_.get(), &one, sizeof one);
}

}  // namespace gimbal::probe
