#include "flow/timer_wheel.h"

#include <map>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

namespace gimbal {
namespace {

constexpr std::int64_t kTick = TimerWheel::kTick.count();

std::vector<std::uint32_t> fired(TimerWheel& wheel, Instant now) {
  std::vector<std::uint32_t> order;
  wheel.advance(now, [&](std::uint32_t index) { order.push_back(index); });
  return order;
}
using Order = std::vector<std::uint32_t>;

TEST_CASE("a timer fires once, not early and at most one tick late") {
  for (const std::int64_t ns : {1L, kTick, kTick + 1, 64 * kTick, 64 * kTick - 1, 4096 * kTick + 7,
                                200'000'000L, 60'000'000'000L, 86'400'000'000'000L}) {
    TimerWheel wheel{1};
    wheel.schedule(0, Instant{ns});
    REQUIRE(wheel.is_scheduled(0));
    REQUIRE(fired(wheel, Instant{ns - 1}).empty());
    REQUIRE(fired(wheel, Instant{ns + kTick}) == Order{0});
    REQUIRE_FALSE(wheel.is_scheduled(0));
    REQUIRE(fired(wheel, Instant{ns + 1000 * kTick}).empty());
  }
}

TEST_CASE("timers fire in the order of their ticks, over every level") {
  TimerWheel wheel{200};
  Instant deadline{5};
  for (std::uint32_t i = 0; i < 200; ++i) {
    wheel.schedule(199 - i, deadline);
    deadline = deadline + Nanos{kTick} + (deadline - Instant{}) / 9;
  }
  const Order order = fired(wheel, deadline + Nanos{kTick});
  REQUIRE(order.size() == 200);
  for (std::uint32_t i = 0; i < 200; ++i) REQUIRE(order[i] == 199 - i);
}

TEST_CASE("a cancelled timer does not fire and one never set may be cancelled") {
  TimerWheel wheel{3};
  wheel.schedule(0, Instant{100});
  wheel.schedule(1, Instant{100});
  wheel.cancel(0);
  wheel.cancel(2);
  CHECK(fired(wheel, Instant{kTick}) == Order{1});
}

TEST_CASE("setting a timer again moves it, both ways, and setting it to never cancels it") {
  TimerWheel wheel{3};
  for (std::uint32_t i = 0; i < 3; ++i) wheel.schedule(i, Instant{1'000'000});
  wheel.schedule(0, Instant{100});
  wheel.schedule(1, Instant{9'000'000});
  wheel.schedule(2, Instant::never());
  CHECK(fired(wheel, Instant{kTick}) == Order{0});
  CHECK(fired(wheel, Instant{8'999'999}).empty());
  CHECK(fired(wheel, Instant{9'000'000 + kTick}) == Order{1});
  CHECK(wheel.next_deadline() == Instant::never());
}

TEST_CASE("a deadline in the past fires at the next advance, even without time passing") {
  TimerWheel wheel{2};
  const Instant now{50'000'000};
  CHECK(fired(wheel, now).empty());
  wheel.schedule(0, Instant{3});
  wheel.schedule(1, Instant{-3});
  CHECK(wheel.next_deadline() <= now);
  CHECK(fired(wheel, now) == Order{0, 1});
}

TEST_CASE("a callback may set its own timer anew") {
  TimerWheel wheel{1};
  wheel.schedule(0, Instant{kTick});
  int count = 0;
  for (std::int64_t tick = 1; tick <= 1000; ++tick) {
    const Instant now{tick * kTick};
    wheel.advance(now, [&](std::uint32_t index) {
      ++count;
      wheel.schedule(index, now + Nanos{10 * kTick});
    });
  }
  CHECK(count == 100);
}

TEST_CASE("a callback that always sets its timer into the past does not keep advance busy") {
  TimerWheel wheel{1};
  wheel.schedule(0, Instant{5});
  int count = 0;
  const auto again = [&](std::uint32_t index) {
    ++count;
    wheel.schedule(index, Instant{});
  };
  wheel.advance(Instant{100 * kTick}, again);
  CHECK(count == 1);
  wheel.advance(Instant{100 * kTick}, again);
  CHECK(count == 2);
}

TEST_CASE("a callback may cancel a timer that is due in the same tick") {
  TimerWheel wheel{3};
  for (std::uint32_t i = 0; i < 3; ++i) wheel.schedule(i, Instant{10});
  Order order;
  wheel.advance(Instant{kTick}, [&](std::uint32_t index) {
    order.push_back(index);
    wheel.cancel(1);
  });
  CHECK(order == Order{0, 2});
}

TEST_CASE("sleeping until next_deadline fires every timer in time, with few idle wake-ups") {
  TimerWheel wheel{100};
  Rng rng{5};
  std::vector<Instant> deadlines;
  for (std::uint32_t i = 0; i < 100; ++i) {
    deadlines.push_back(Instant{static_cast<std::int64_t>(rng.exponential(1e9))});
    wheel.schedule(i, deadlines.back());
  }
  int wakeups = 0;
  int count = 0;
  while (wheel.next_deadline() != Instant::never()) {
    const Instant now = wheel.next_deadline();
    ++wakeups;
    wheel.advance(now, [&](std::uint32_t index) {
      ++count;
      REQUIRE(deadlines[index] <= now);
      REQUIRE(now - deadlines[index] <= TimerWheel::kTick);
    });
  }
  CHECK(count == 100);
  CHECK(wakeups <= 400);
}

/// What the wheel should do, as simply as it can be said.
class Model {
 public:
  explicit Model(std::uint32_t capacity) : at_(capacity, Instant::never()) {}
  void schedule(std::uint32_t index, Instant deadline) {
    cancel(index);
    at_[index] = deadline;
    timers_.emplace(deadline, index);
  }
  void cancel(std::uint32_t index) {
    for (auto [it, end] = timers_.equal_range(at_[index]); it != end; ++it) {
      if (it->second != index) continue;
      timers_.erase(it);
      break;
    }
    at_[index] = Instant::never();
  }
  [[nodiscard]] Instant deadline(std::uint32_t index) const { return at_[index]; }
  [[nodiscard]] Instant earliest() const {
    return timers_.empty() ? Instant::never() : timers_.begin()->first;
  }

 private:
  std::multimap<Instant, std::uint32_t> timers_;
  std::vector<Instant> at_;
};

/// Steps of time from nothing to hours, deadlines from the past to days.
Nanos random_span(Rng& rng, int max_bits) {
  const auto bits = rng.next() % static_cast<std::uint64_t>(max_bits);
  return Nanos{static_cast<std::int64_t>(rng.next() & ((std::uint64_t{1} << bits) - 1))};
}

TEST_CASE("the wheel agrees with a sorted map under random use, callbacks included") {
  constexpr std::uint32_t kTimers = 300;
  TimerWheel wheel{kTimers};
  Model model{kTimers};
  Rng rng{11};
  Instant now{};
  int count = 0;
  const auto set = [&](std::uint32_t index) {
    const Instant deadline = now + random_span(rng, 48) - Nanos::micros(50);
    wheel.schedule(index, deadline);
    model.schedule(index, deadline);
  };
  for (int i = 0; i < 200'000; ++i) {
    const auto index = static_cast<std::uint32_t>(rng.next() % kTimers);
    if (rng.chance(0.5)) {
      set(index);
    } else if (rng.chance(0.3)) {
      wheel.cancel(index);
      model.cancel(index);
    }
    if (!rng.chance(0.4)) continue;
    REQUIRE(wheel.next_deadline() <= max(now, model.earliest() + TimerWheel::kTick));
    const Instant before = now;
    now = now + random_span(rng, 36);
    Instant latest{};
    wheel.advance(now, [&](std::uint32_t due) {
      ++count;
      const Instant deadline = model.deadline(due);
      REQUIRE(deadline <= now);
      // Those set into the past come first, in any order; the others as time has them.
      if (deadline > before) REQUIRE(deadline > latest - TimerWheel::kTick);
      latest = max(latest, deadline);
      model.cancel(due);
      if (rng.chance(0.3)) set(due);
    });
    REQUIRE(wheel.is_scheduled(index) == (model.deadline(index) != Instant::never()));
    // Once more for what callbacks set into the past just now; then nothing is a tick overdue.
    wheel.advance(now, [&](std::uint32_t due) { model.cancel(due); });
    REQUIRE(model.earliest() > now - TimerWheel::kTick);
  }
  CHECK(count > 10'000);
}

TEST_CASE("a timer costs sixteen bytes") {
  const TimerWheel small{1000};
  const TimerWheel large{2000};
  CHECK(large.bytes() - small.bytes() == 16'000);
}

}  // namespace
}  // namespace gimbal
