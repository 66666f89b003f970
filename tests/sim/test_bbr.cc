#include <algorithm>

#include "sim/scenario.h"
#include "support/catch.h"

namespace gimbal::sim {
namespace {

Scenario bbr_over(std::string_view profile, std::int64_t seconds) {
  Scenario s;
  s.profile = find_profile(profile).value();
  s.algorithm = Algorithm::bbr;
  s.lasts = Nanos::seconds(seconds);
  return s;
}

TEST_CASE("BBR fills a clean path and leaves its queue empty", "[bbr]") {
  const Outcome out = run(bbr_over("clean", 8));
  CHECK(out.goodput_mbit > 90);
  CHECK(out.rtt_p50_ms < 45);
  CHECK(out.sender_timeouts == 0);
}

TEST_CASE("BBR drains what its start-up queued, then cycles around the pipe", "[bbr]") {
  std::uint64_t start_up_queue = 0;
  std::uint64_t later_queue = 0;
  Scenario s = bbr_over("clean", 5);
  s.profile.data.queue_bytes = 4'000'000;
  static_cast<void>(run(s, [&](const Sample& sample) {
    auto& worst = sample.at < Instant{} + Nanos::seconds(2) ? start_up_queue : later_queue;
    worst = std::max(worst, sample.queue_bytes);
  }));
  // 100 Mb/s x 40 ms is 500 kB; start-up may hold 2.9 of them, probing a quarter of one.
  CHECK(start_up_queue > 500'000);
  CHECK(later_queue < 300'000);
}

TEST_CASE("BBR keeps the rate under one percent of stray loss", "[bbr]") {
  CHECK(run(bbr_over("loss1", 8)).goodput_mbit > 80);
}

TEST_CASE("BBR drops to four segments once in ten seconds to look at the bare path", "[bbr]") {
  std::vector<double> low;
  static_cast<void>(run(bbr_over("clean", 13), [&](const Sample& sample) {
    if (sample.at > Instant{} + Nanos::seconds(2) && sample.window <= 4)
      low.push_back((sample.at - Instant{}).to_seconds());
  }));
  REQUIRE_FALSE(low.empty());
  CHECK(low.front() > 9.5);
  CHECK(low.back() - low.front() < 0.5);
}

TEST_CASE("BBR finds a policer's rate and stays at it", "[bbr]") {
  Scenario s = bbr_over("clean", 10);
  s.profile.data.policer = {BitRate::from_mbit(20), 60'000};
  const Outcome out = run(s);
  CHECK(out.goodput_mbit > 15);
  CHECK(out.goodput_mbit < 20);
  // A sender that probed on would lose a fifth of each probing round: thousands of segments.
  const double segments = out.goodput_mbit * 1e6 * 10 / (8 * 1448);
  CHECK(static_cast<double>(out.sender_retransmissions) < 0.12 * segments);
}

TEST_CASE("two BBR flows share, the later one too", "[bbr]") {
  Scenario s = bbr_over("congested", 30);
  s.bystanders = {{Algorithm::bbr, Nanos::seconds(3)}};
  const Outcome out = run(s);
  CHECK(out.goodput_mbit + out.bystander_mbit > 45);
  CHECK(out.bystander_mbit > 10);
  CHECK(out.goodput_mbit > 10);
}

}  // namespace
}  // namespace gimbal::sim
