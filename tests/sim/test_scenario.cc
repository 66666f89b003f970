#include <algorithm>

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
