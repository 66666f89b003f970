#include "probe/requirement.h"

#include "support/catch.h"

using namespace gimbal::probe;

namespace {

Metric metric_of(const char* name, std::uint64_t first_ms, std::uint64_t last_ms) {
  Metric metric;
  metric.name = name;
  for (std::uint64_t ms = first_ms; ms <= last_ms; ++ms) metric.histogram.record(ms * 1'000'000);
  return metric;
}

RunResult example() {
  RunResult result;
  result.workload = "tokens";
  result.name = "tokens";
  result.metrics = {metric_of("ttft", 1, 100), metric_of("gap", 1001, 1100)};
  result.counters["connections"] = 12;
  result.figures["goodput_mbit"] = 90.5;
  result.figures["stall_ms"] = 7;
  result.extra["p99_ms"] = 99;
  return result;
}

bool met(const std::string& text, const RunResult& result = example()) {
  const auto requirement = parse_requirement(text);
  INFO(text);
  REQUIRE(requirement);
  return judge(requirement.value(), result).met;
}

}  // namespace

TEST_CASE("a limit in any unit of time is compared with the first metric's percentile") {
  for (const char* text : {"tokens.p99<101ms", "tokens.p99<101000us", "tokens.p99<0.101s",
                           "tokens.p99<101", "tokens.p99 < 101 ms", "tokens.p99_ms<101"})
    CHECK(met(text));
  CHECK_FALSE(met("tokens.p99<98ms"));
  CHECK(met("tokens.p99>98ms"));
}

TEST_CASE("each metric is named, and each percentile up to p99.99") {
  CHECK(met("tokens.gap.p50>1s"));
  CHECK(met("tokens.gap.p99.99>1.09s"));
  CHECK_FALSE(met("tokens.ttft.p99.99>1.09s"));
  CHECK(met("tokens.gap.mean>1049ms"));
  CHECK(met("tokens.ttft.max<=100ms"));
  CHECK(met("tokens.gap.min>=1001ms"));
  CHECK(met("tokens.gap.count>=100"));
}

TEST_CASE("figures and counters are compared as they stand") {
  CHECK(met("tokens.goodput_mbit>90"));
  CHECK(met("tokens.connections>=12"));
  CHECK_FALSE(met("tokens.connections>12"));
  CHECK(met("tokens.connections<=12"));
  CHECK_FALSE(met("tokens.connections<12"));
  CHECK(met("tokens.errors<=0"));
  CHECK(met("tokens.stall<0.008s"));
}

TEST_CASE("a run is called by its workload or by its own name") {
  RunResult result = example();
  result.name = "edge.v2";
  CHECK(met("edge.v2.p99<101ms", result));
  CHECK(met("tokens.p99<101ms", result));
}

TEST_CASE("what was not measured is not met and the line says what there is") {
  const auto line = [](const char* text) {
    const auto requirement = parse_requirement(text).value();
    const Judgement judgement = judge(requirement, example());
    CHECK_FALSE(judgement.met);
    return complaint(requirement, judgement);
  };
  CHECK(line("barrier.p99<60ms") ==
        "not met: barrier.p99<60ms: measured nothing, this run is tokens");
  CHECK(line("tokens.p99<60ms").find("not met: tokens.p99<60ms: measured 99.") == 0);
  CHECK(line("tokens.p101<60ms").find("there is ttft.p99, gap.p99, goodput_mbit") !=
        std::string::npos);
  CHECK(line("tokens.goodput_mbit<60ms").find("90.5 Mb/s, which is not a time") !=
        std::string::npos);
}

TEST_CASE("a malformed requirement is refused with an example") {
  for (const char* text :
       {"", "p99<60", "barrier.p99", "barrier.p99<", "barrier.p99<x", ".p99<6", "barrier.<6",
        "barrier.p99<6parsecs", "a<b.c", "barrier.p99=60ms", "barrier.p99<nan", "barrier..p99<1",
        "barrier.p99<>1", "barrier.p99==1", "barrier.p99<1ms2"}) {
    const auto requirement = parse_requirement(text);
    INFO(text);
    REQUIRE_FALSE(requirement);
    CHECK(requirement.error().what.find("barrier.p99<60ms") != std::string::npos);
  }
}
