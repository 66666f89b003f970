#include "probe/event_loop.h"

#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

#include "support/catch.h"

using namespace gimbal::probe;
using namespace std::chrono_literals;

namespace {

struct Noting final : Watcher {
  explicit Noting(std::function<void(std::uint32_t)> what) : what_{std::move(what)} {}
  void advance(std::uint32_t events, Clock::time_point) override { what_(events); }
  std::function<void(std::uint32_t)> what_;
};

}  // namespace

TEST_CASE("wakes come in the order of their times, never early") {
  EventLoop loop;
  std::string order;
  const Clock::time_point start = Clock::now();
  Noting late{[&](std::uint32_t) {
    order += "late ";
    CHECK(Clock::now() - start >= 8ms);
  }};
  Noting soon{[&](std::uint32_t) {
    order += "soon ";
    CHECK(Clock::now() - start >= 3ms);
  }};
  loop.wake_at(loop.add(late, -1, 0), start + 8ms);
  loop.wake_at(loop.add(soon, -1, 0), start + 3ms);
  while (order.size() < 10) loop.turn(1s);
  CHECK(order == "soon late ");
}

TEST_CASE("a watcher that was removed is not called, even when its event is already there") {
  EventLoop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  const Fd a{ends[0]};
  const Fd b{ends[1]};
  REQUIRE(::send(a.get(), "x", 1, 0) == 1);
  REQUIRE(::send(b.get(), "x", 1, 0) == 1);
  int calls = 0;
  EventLoop::Id ids[2];
  Noting first{[&](std::uint32_t) { ++calls, loop.remove(ids[1]), loop.remove(ids[0]); }};
  Noting second{[&](std::uint32_t) { ++calls, loop.remove(ids[0]), loop.remove(ids[1]); }};
  ids[0] = loop.add(first, a.get(), EPOLLIN);
  ids[1] = loop.add(second, b.get(), EPOLLIN);
  loop.wake_at(ids[0], Clock::now());
  loop.turn(1s);
  loop.turn(0s);
  CHECK(calls == 1);
  // A place used again does not inherit the wakes of the one before.
  Noting third{[&](std::uint32_t) { ++calls; }};
  loop.add(third, -1, 0);
  loop.turn(0s);
  CHECK(calls == 1);
}

TEST_CASE("stop from another thread ends a wait") {
  EventLoop loop;
  std::thread other{[&] { loop.stop(); }};
  while (!loop.stopped()) loop.turn(3600s);
  other.join();
  CHECK(loop.stopped());
}
