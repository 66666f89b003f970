#include "probe/compare.h"

#include "probe/page/compare_page.h"
#include "probe/recorder.h"
#include "support/catch.h"

using namespace gimbal::probe;
using gimbal::Rng;

namespace {

/// `count` steps of 20 ms and an exponential rest, `tail_ms` more for one in fifty.
RunResult run_of(std::uint64_t seed, int count, double rest_ms, double tail_ms) {
  Rng rng{seed};
  Recorder recorder{"step", Clock::time_point{}};
  for (int i = 0; i < count; ++i) {
    const double ms = 20 + rng.exponential(rest_ms) + (rng.chance(0.02) ? tail_ms : 0);
    recorder.record(Clock::time_point{} + std::chrono::milliseconds{i},
                    static_cast<std::uint64_t>(ms * 1e6));
  }
  RunResult result;
  result.workload = result.name = "barrier";
  result.metrics = {recorder.finish()};
  result.parameters["reads"] = 100;
  result.figures["steps_per_s"] = 40;
  return result;
}

const CompareRow& row_of(const Comparison& comparison, const std::string& what) {
  for (const CompareRow& row : comparison.rows)
    if (row.what == what) return row;
  FAIL("no row " << what);
  return comparison.rows.front();
}

Comparison compared(const RunResult& a, const RunResult& b) {
  auto result = compare_runs(a, b, {});
  REQUIRE(result);
  return std::move(result.value());
}

}  // namespace

TEST_CASE("a tail that was cured is better there and no different where it was not ill") {
  const Comparison c = compared(run_of(1, 20'000, 2, 200), run_of(2, 20'000, 2, 0));
  CHECK(row_of(c, "p50").verdict == Verdict::none_shown);
  const CompareRow& p99 = row_of(c, "p99");
  CHECK(p99.verdict == Verdict::better);
  CHECK(p99.diff.low <= p99.difference());
  CHECK(p99.difference() <= p99.diff.high);
  CHECK(p99.diff.high < -150);
  CHECK(p99.ratio.high < 0.2);
  CHECK_FALSE(c.any(Verdict::worse));
  const Comparison back = compared(run_of(2, 20'000, 2, 0), run_of(1, 20'000, 2, 200));
  CHECK(row_of(back, "p99").verdict == Verdict::worse);
}

TEST_CASE("runs of the same kind are seldom told apart") {
  int told_apart = 0;
  for (std::uint64_t trial = 0; trial < 40; ++trial) {
    const Comparison c =
        compared(run_of(100 + trial, 3000, 5, 100), run_of(200 + trial, 3000, 5, 100));
    for (const char* what : {"p50", "p90", "p99"})
      told_apart += row_of(c, what).verdict == Verdict::none_shown ? 0 : 1;
  }
  CHECK(told_apart <= 12);  // Of 120; six by the confidence alone.
}

TEST_CASE("a percentile that few values lie beyond is not judged") {
  const Comparison c = compared(run_of(1, 300, 2, 0), run_of(2, 300, 2, 200));
  CHECK(row_of(c, "p99.9").verdict == Verdict::too_few_values);
  CHECK(row_of(c, "p99.99").verdict == Verdict::too_few_values);
}

TEST_CASE("where higher is better, higher is better") {
  RunResult a = run_of(1, 5000, 2, 0);
  RunResult b = run_of(2, 5000, 20, 0);
  a.metrics[0].lower_is_better = b.metrics[0].lower_is_better = false;
  CHECK(row_of(compared(a, b), "p50").verdict == Verdict::better);
}

TEST_CASE("what cannot be compared is said") {
  const RunResult a = run_of(1, 500, 2, 0);
  RunResult b = run_of(2, 500, 2, 0);
  b.parameters["reads"] = 50;
  b.metrics.push_back(Metric{});
  b.metrics.back().name = "more";
  const Comparison c = compared(a, b);
  REQUIRE(c.remarks.size() == 2);
  CHECK(c.remarks[0] == "asked for reads 100 in A, 50 in B");
  CHECK(c.remarks[1] == "only B measured more");
  b.workload = "bulk";
  CHECK_FALSE(compare_runs(a, b, {}));
}

TEST_CASE("rows are found by name and the same seed gives the same numbers") {
  const RunResult a = run_of(1, 2000, 2, 0);
  const RunResult b = run_of(2, 2000, 4, 0);
  const Comparison c = compared(a, b);
  CHECK(find_figure(c, "p90.ratio").value().value == row_of(c, "p90").quotient());
  CHECK(find_figure(c, "step.p90.diff").value().unit == "ms");
  CHECK(find_figure(c, "step.mean.diff_high").value().value == row_of(c, "mean").diff.high);
  CHECK_FALSE(find_figure(c, "step.p90"));
  CHECK_FALSE(find_figure(c, "ratio"));
  CHECK(to_json(c) == to_json(compared(a, b)));
}

TEST_CASE("the page of a comparison shows both runs, each row and its verdict") {
  const RunResult a = run_of(1, 20'000, 2, 200);
  const RunResult b = run_of(2, 20'000, 2, 0);
  const std::string html = page::compare_page(compared(a, b), a, b, {{"not-worse", true}});
  for (const char* shown : {"A: barrier", "B: barrier", "p99.9", "better", "no difference shown",
                            "steps_per_s", "met: not-worse", "<svg"})
    CHECK(html.find(shown) != std::string::npos);
  CHECK(html.find("http") == std::string::npos);
}
