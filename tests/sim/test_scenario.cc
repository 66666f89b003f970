#include <algorithm>

#include "sim/drawn_path.h"
#include "sim/scenario.h"
#include "sim/sharing.h"
#include "support/catch.h"

namespace gimbal::sim {
namespace {

Scenario over(std::string_view profile, std::int64_t seconds) {
  Scenario s;
  s.profile = find_profile(profile).value();
  s.lasts = Nanos::seconds(seconds);
  return s;
}

TEST_CASE("five plain CUBIC flows fill the link and share it, whoever came first", "[sharing]") {
  Scenario s = over("congested", 40);
  s.starts = Nanos::seconds(2);
  s.bystanders.assign(4, Bystander{});
  const Outcome out = run(s);
  REQUIRE(out.shares_mbit.size() == 5);
  CHECK(out.jain > 0.9);
  CHECK(out.use > 0.95);
  CHECK(out.use <= 1.0);
}

TEST_CASE("datagrams wait in the queue that a bulk flow builds", "[sharing]") {
  Scenario s = over("congested", 12);
  s.datagrams = true;
  const Outcome busy = run(s);
  s.bytes = 1000;
  s.flows = 10;
  const Outcome idle = run(s);
  CHECK(idle.datagram_p99_ms < 21);
  // 250 kB at 50 Mb/s is 40 ms.
  CHECK(busy.datagram_p99_ms > 50);
  CHECK(busy.datagram_p99_ms < 61);
}

TEST_CASE("who comes into a queue that others keep full takes no more than they have",
          "[sharing]") {
  // Its base is a queue, and every loss passes for a stray one.
  for (const std::size_t others : {std::size_t{3}, std::size_t{7}}) {
    Scenario s = over("congested", 30);
    s.box = BoxKind::repair;
    s.starts = Nanos::seconds(5);
    s.bystanders.assign(others, Bystander{});
    const Outcome out = run(s);
    CAPTURE(out.shares_mbit);
    CHECK(out.shares_mbit.front() < 1.5 * out.bystander_mbit);
    CHECK(out.use > 0.95);
  }
}

TEST_CASE("an upload whose queue runs over in outages keeps what it has without the box",
          "[upload]") {
  double off = 0;
  double with = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Scenario s = over("clean", 15);
    s.seed = seed;
    s.algorithm = Algorithm::reno;
    s.flow = Flow::up;
    s.profile = drawn_path(1);  // 17 Mb/s, 50 ms, 0.7 of the pipe, dark 229 of 2075 ms.
    off += run(s).goodput_mbit;
    s.box = BoxKind::repair;
    with += run(s).goodput_mbit;
  }
  CHECK(with > 0.85 * off);
}

TEST_CASE("a start that overflows a long clean path is the sender's to mend", "[loss]") {
  for (const bool paced : {false, true}) {
    Scenario s = over("long", 12);
    s.algorithm = Algorithm::reno;
    s.paced = paced;
    const double off = run(s).goodput_mbit;
    s.box = BoxKind::repair;
    CHECK(run(s).goodput_mbit > 0.99 * off);
  }
}

TEST_CASE("losses that come in runs do not bring a flow down", "[loss]") {
  Scenario s = over("clean", 12);
  s.profile.data.loss.kind = impair::LossKind::gilbert_elliott;
  s.profile.data.loss.probability = 0.01;
  s.profile.data.loss.to_bad = 0.0033;
  s.profile.data.loss.to_good = 0.33;
  s.box = BoxKind::repair;
  CHECK(run(s).goodput_mbit > 80);
}

TEST_CASE("custody on a long path is no slower than the sender alone", "[completion][custody]") {
  Scenario s = over("long", 10);
  s.bytes = 10'000'000;
  const Outcome off = run(s);
  s.box = BoxKind::custody;
  const Outcome with = run(s);
  REQUIRE(with.completions_ms.size() == 1);
  CHECK(with.completions_ms.front() < 1.02 * off.completions_ms.front());
  CHECK(with.violations == 0);
}

TEST_CASE("a short flow takes its round trips and no timeout on a clean path", "[completion]") {
  Scenario s = over("clean", 10);
  s.bytes = 10'000;
  s.flows = 3;
  const Outcome out = run(s);
  REQUIRE(out.completions_ms.size() == 3);
  for (const double ms : out.completions_ms) {
    CHECK(ms > 80);  // Handshake and one flight of ten segments.
    CHECK(ms < 90);
  }
  CHECK(out.sender_timeouts == 0);
}

TEST_CASE("a short flow that never completes counts as long as the run", "[completion]") {
  Scenario s = over("clean", 2);
  s.profile.data.loss.probability = 1;
  s.bytes = 10'000;
  const Outcome out = run(s);
  REQUIRE(out.completions_ms.size() == 1);
  CHECK(out.completions_ms.front() == 2000);
}

TEST_CASE("the box sees each short flow of a row and keeps its promises to all", "[completion]") {
  Scenario s = over("loss1", 30);
  s.bytes = 100'000;
  s.flows = 8;
  s.box = BoxKind::repair;
  const Outcome out = run(s);
  CAPTURE(out.sentences);
  CHECK(out.violations == 0);
  CHECK_FALSE(out.damaged);
  CHECK(out.completions_ms.size() == 8);
  CHECK(*std::max_element(out.completions_ms.begin(), out.completions_ms.end()) < 3000);
}

}  // namespace
}  // namespace gimbal::sim
