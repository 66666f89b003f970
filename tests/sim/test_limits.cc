#include "sim/named_limits.h"
#include "sim/scenario.h"
#include "support/catch.h"

using namespace gimbal;
using namespace gimbal::sim;

TEST_CASE("a constant of the engine is set by its name", "[sim][limits]") {
  RepairLimits limits;
  CHECK(set_limit(limits, "thin_gap=1500us").empty());
  CHECK(set_limit(limits, "caution=2.5s").empty());
  CHECK(set_limit(limits, "tries=7").empty());
  CHECK(limits.thin_gap == Nanos::micros(1500));
  CHECK(limits.caution == Nanos::millis(2500));
  CHECK(limits.tries == 7);
  CHECK(print_limits(limits).find("thin_gap=1.5ms\n") != std::string::npos);
}

TEST_CASE("a constant that does not exist or fit is refused and named", "[sim][limits]") {
  RepairLimits limits;
  for (const char* wrong : {"thin_gap", "thin_gap=3", "thin_gap=-1ms", "tries=300", "tries=1.5"}) {
    INFO(wrong);
    CHECK_FALSE(set_limit(limits, wrong).empty());
  }
  CHECK(set_limit(limits, "thick_gap=3ms").find("thin_gap=3ms") != std::string::npos);
  CHECK(limits.tries == RepairLimits{}.tries);
}

TEST_CASE("the engine in the box runs with the constants of the scenario", "[sim][limits]") {
  Scenario scenario;
  scenario.profile = *find_profile("loss1");
  scenario.box = BoxKind::repair;
  scenario.lasts = Nanos::seconds(2);
  const Outcome usual = run(scenario);
  REQUIRE(set_limit(scenario.limits, "tries=0").empty());
  const Outcome none = run(scenario);
  CHECK(usual.local_retransmissions > 50);
  CHECK(none.local_retransmissions < 10);
}
