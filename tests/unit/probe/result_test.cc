#include "probe/result.h"

#include "base/rng.h"
#include "probe/recorder.h"
#include "support/catch.h"

using namespace gimbal::probe;
using namespace std::chrono_literals;

namespace {

RunResult some_result() {
  const Clock::time_point start{};
  Recorder step{"step", start};
  gimbal::Rng rng{3};
  for (int i = 0; i < 1000; ++i)
    step.record(start + i * 7ms, static_cast<std::uint64_t>(rng.exponential(2e6)));
  RunResult result;
  result.workload = "barrier";
  result.name = "before";
  result.seconds = 7;
  result.parameters = {{"reads", 100}, {"cc", "cubic"}};
  result.counters["bytes_received"] = UINT64_MAX;
  result.figures["goodput_mbit"] = 12.5;
  result.extra = {{"rounds_ms", {1.5, 2.5}}};
  result.metrics.push_back(step.finish());
  result.metrics.push_back(Recorder{"empty", start, "tokens/s", 1e-3, false}.finish());
  return result;
}

}  // namespace

TEST_CASE("a result survives its file whole") {
  const RunResult result = some_result();
  const auto read = parse_run_result(nlohmann::json::parse(to_json(result).dump()), "a.json");
  REQUIRE(read);
  const RunResult& back = read.value();
  CHECK(to_json(back) == to_json(result));
  CHECK(back.metrics[0].quantile(0.999) == result.metrics[0].quantile(0.999));
  CHECK(back.metrics[0].series.size() == result.metrics[0].series.size());
  CHECK(back.find("empty")->unit == "tokens/s");
  CHECK(back.find("absent") == nullptr);
  CHECK(back.extra == result.extra);
}

TEST_CASE("a file that is no result names itself and the member that is wrong") {
  const auto foreign = parse_run_result({{"workload", "barrier"}}, "a.json");
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().message().find("a.json: is not a result") == 0);

  auto document = to_json(some_result());
  document["metrics"][1].erase("scale");
  const auto broken = parse_run_result(document, "a.json");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message().find("a.json: metrics[1]: ") == 0);

  document = to_json(some_result());
  document["metrics"][0]["buckets"].push_back({1U << 30, 1});
  CHECK_FALSE(parse_run_result(document, "a.json"));
}

TEST_CASE("a run is clean until something failed or was wrong") {
  RunResult result;
  CHECK(result.clean());
  result.counters["mismatches"] = 1;
  CHECK_FALSE(result.clean());
  result.counters["mismatches"] = 0;
  result.counters["errors"] = 1;
  CHECK_FALSE(result.clean());
}

TEST_CASE("a long run's series keeps its counts while neighbours are joined") {
  const Clock::time_point start{};
  Recorder recorder{"step", start};
  for (int second = 0; second < 3600; ++second) recorder.record(start + second * 1s, 5ms);
  const Metric metric = recorder.finish();
  CHECK(metric.series.size() <= Recorder::kMaxIntervals);
  CHECK(metric.series.size() >= Recorder::kMaxIntervals / 2);
  std::uint64_t count = 0;
  for (const SeriesPoint& point : metric.series) {
    count += point.count;
    CHECK(point.p99 == Approx(5).epsilon(0.01));
  }
  CHECK(count == 3600);
  CHECK(metric.series[1].t_s - metric.series[0].t_s == Approx(metric.interval_s));
}

TEST_CASE("what began in the warm-up is not counted, and a negative latency is none") {
  const Clock::time_point start{10s};
  Recorder recorder{"step", start};
  recorder.record(start - 1ns, 5ms);
  CHECK(recorder.count() == 0);
  recorder.record(start, -5ms);
  CHECK(recorder.count() == 1);
  CHECK(recorder.histogram().max() == 0);
}
