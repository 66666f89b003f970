#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "base/time.h"

namespace gimbal::sim {

/// The virtual clock: a queue of things to do, each at its instant. Events of one instant run in
/// the order they were scheduled, so a run depends on its seed alone. Single-threaded.
class Loop {
 public:
  using Action = std::function<void()>;

  [[nodiscard]] Instant now() const noexcept { return now_; }

  /// Runs `action` at `when`; an instant already past means "next".
  void at(Instant when, Action action) {
    queue_.push(Event{max(when, now_), next_order_++, std::move(action)});
  }
  void after(Nanos delay, Action action) { at(now_ + delay, std::move(action)); }

  /// Runs every event up to and including `end`; the clock then stands at `end`.
  void run_until(Instant end) {
    while (!queue_.empty() && queue_.top().when <= end) {
      // The queue is a heap of owned closures: move the top out before it is popped.
      Event event = std::move(const_cast<Event&>(queue_.top()));
      queue_.pop();
      now_ = event.when;
      event.action();
    }
    now_ = max(now_, end);
  }

 private:
  struct Event {
    Instant when;
    std::uint64_t order;
    Action action;
    friend bool operator<(const Event& a, const Event& b) noexcept {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };

  Instant now_{};
  std::uint64_t next_order_{0};
  std::priority_queue<Event> queue_;
};

/// One re-armable deadline. Moving it later costs nothing: the event already queued finds the newer
/// deadline when it fires and waits on. The timer must outlive the loop's run.
class Timer {
 public:
  Timer(Loop& loop, Loop::Action action) : loop_{loop}, action_{std::move(action)} {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(Instant deadline) {
    deadline_ = deadline;
    if (queued_ <= deadline) return;
    queued_ = deadline;
    loop_.at(deadline, [this, generation = ++generation_] { fire(generation); });
  }
  void disarm() noexcept { deadline_ = Instant::never(); }
  [[nodiscard]] bool armed() const noexcept { return deadline_ != Instant::never(); }
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }

 private:
  void fire(std::uint64_t generation) {
    if (generation != generation_) return;
    queued_ = Instant::never();
    if (deadline_ == Instant::never()) return;
    if (deadline_ > loop_.now()) return arm(deadline_);
    deadline_ = Instant::never();
    action_();
  }

  Loop& loop_;
  Loop::Action action_;
  Instant deadline_{Instant::never()};
  Instant queued_{Instant::never()};
  std::uint64_t generation_{0};
};

}  // namespace gimbal::sim
