#include "probe/requirement.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"

using gimbal::probe::is_met;
using gimbal::probe::parse_requirement;

TEST_CASE("a limit in any unit of time is compared in milliseconds") {
  const nlohmann::json result{{"workload", "barrier"}, {"p99_ms", 59.0}};
  for (const char* text : {"barrier.p99<60ms", "barrier.p99<60000us", "barrier.p99<0.06s"}) {
    const auto requirement = parse_requirement(text);
    REQUIRE(requirement);
    CHECK(is_met(requirement.value(), result));
  }
  CHECK_FALSE(is_met(parse_requirement("barrier.p99<59ms").value(), result));
  CHECK(is_met(parse_requirement("barrier.p99_ms>58").value(), result));
}

TEST_CASE("a figure that is missing or of another workload is not met") {
  const nlohmann::json result{{"workload", "bulk"}, {"goodput_mbit", 90.0}};
  CHECK(is_met(parse_requirement("bulk.goodput_mbit>65").value(), result));
  CHECK_FALSE(is_met(parse_requirement("barrier.goodput_mbit>65").value(), result));
  CHECK_FALSE(is_met(parse_requirement("bulk.p99<60ms").value(), result));
}

TEST_CASE("a malformed requirement is refused with an example") {
  for (const char* text : {"", "p99<60", "barrier.p99", "barrier.p99<", "barrier.p99<x", ".p99<6",
                           "barrier.p99<6parsecs", "a<b.c"}) {
    const auto requirement = parse_requirement(text);
    INFO(text);
    REQUIRE_FALSE(requirement);
    CHECK(requirement.error().what.find("barrier.p99<60ms") != std::string::npos);
  }
}
