#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <queue>
#include <span>
#include <vector>

#include "probe/socket.h"

namespace gimbal::probe {

/// Something that waits on a socket, on the clock, or on both.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `events` are epoll's; 0: a time asked for with `wake_at` has come. Spurious calls happen.
  virtual void advance(std::uint32_t events, Clock::time_point now) = 0;
};

/// One thread's sockets and timers. Level-triggered; timers wake to the microsecond, which an open
/// loop of arrivals needs. Only `stop` may be called from other threads.
class EventLoop {
 public:
  using Id = std::uint64_t;  ///< Never used again after `remove`, so late events find nobody.

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Calls `watcher` when `fd` has one of `events`. `fd` -1: for the clock only.
  Id add(Watcher& watcher, int fd, std::uint32_t events);
  /// Changes the events; free when they are the same.
  void watch(Id id, std::uint32_t events);
  /// Calls the watcher once at `when`; earlier wishes stay.
  void wake_at(Id id, Clock::time_point when);
  /// Call before the socket is closed. A watcher may remove itself within `advance`.
  void remove(Id id) noexcept;

  /// Waits until something is ready or due, at most `limit`, and calls who waited.
  void turn(Clock::duration limit);

  void stop() noexcept;
  /// After `stop`, or when the program was told to end.
  [[nodiscard]] bool stopped() const noexcept { return stop_.load() || stop_requested(); }

 private:
  struct Slot {
    Watcher* watcher{nullptr};
    int fd{-1};
    std::uint32_t events{0};
    std::uint32_t generation{0};
  };
  struct Wake {
    Clock::time_point when;
    Id id;
    bool operator>(const Wake& other) const noexcept { return when > other.when; }
  };

  [[nodiscard]] Slot* find(Id id) noexcept;
  int wait(std::span<epoll_event> events, Clock::duration limit);
  void run_due();

  Fd poll_;
  Fd wakeup_;
  std::atomic<bool> stop_{false};
  bool busy_{false};  ///< The turn before had something to do.
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
};

}  // namespace gimbal::probe
