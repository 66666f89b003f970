#include <limits>

#include "probe/page/axis.h"
#include "probe/page/run_page.h"
#include "probe/page/text.h"
#include "probe/recorder.h"
#include "support/catch.h"

using namespace gimbal::probe;
using namespace gimbal::probe::page;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

RunResult example() {
  Recorder ttft{"ttft", Clock::time_point{}};
  Recorder gap{"gap", Clock::time_point{}};
  for (int i = 0; i < 5000; ++i) {
    const auto when = Clock::time_point{} + std::chrono::milliseconds{i};
    gap.record(when, std::chrono::microseconds{20'000 + i % 997});
    if (i % 10 == 0) ttft.record(when, std::chrono::microseconds{60'000 + i % 31});
  }
  RunResult result;
  result.workload = "tokens";
  result.name = "edge <lte> & 'more'";
  result.metrics = {ttft.finish(), gap.finish()};
  result.figures["goodput_mbit"] = 91.5;
  result.parameters["cc"] = "<cubic>";
  return result;
}

}  // namespace

TEST_CASE("numbers keep four digits and need no exponent in between") {
  CHECK(number(0) == "0");
  CHECK(number(0.012361) == "0.01236");
  CHECK(number(61.25) == "61.25");
  CHECK(number(61.2) == "61.2");
  CHECK(number(1234.56) == "1,235");
  CHECK(number(123'456'789) == "123,456,789");
  CHECK(number(-1234) == "-1,234");
  CHECK(number(999) == "999");
  CHECK(number(0.0000123) == "1.23e-05");
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "-");
  CHECK(with_unit(5, "ms") == "5 ms");
  CHECK(with_unit(5, "/s") == "5/s");
}

TEST_CASE("axes enclose what they show and go up") {
  for (const auto& [low, high] : {std::pair{0.0, 97.0}, {3.0, 3.2}, {-5.0, 12.0}, {0.0, 1e6}}) {
    const Axis axis{Scale::linear, low, high};
    CHECK(axis.ticks().size() >= 2);
    CHECK(axis.ticks().size() <= 8);
    CHECK(axis.place(low) < axis.place(high));
  }
  const Axis wide{Scale::logarithmic, 0.7, 4500};
  CHECK(wide.place(0.7) == Approx(0.07).margin(0.07));
  CHECK(wide.place(4500) == Approx(0.97).margin(0.04));
  CHECK(wide.place(10) > wide.place(1));
  CHECK(wide.place(-1) == 0);
}

TEST_CASE("each further nine of a share is as far away as the one before") {
  const Axis axis{Scale::nines, 0, 0.9999};
  CHECK(axis.place(0) == 0);
  CHECK(axis.place(0.9) == Approx(0.25));
  CHECK(axis.place(0.99) == Approx(0.5));
  CHECK(axis.place(0.999) == Approx(0.75));
  CHECK(axis.place(0.9999) == Approx(1));
  CHECK(axis.place(1) == 1);
  CHECK(axis.ticks().back().label == "99.99");
}

TEST_CASE("a distribution's curve rises and ends at the slowest value") {
  const Metric metric = example().metrics[1];
  const Curve curve = distribution(metric, 0);
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    CHECK(curve.points[i].first >= curve.points[i - 1].first);
    CHECK(curve.points[i].second >= curve.points[i - 1].second);
  }
  CHECK(curve.points.front().first == 0);
  CHECK(curve.points.back().first == Approx(1 - 1.0 / 5000));
  CHECK(curve.points.back().second == Approx(metric.max()));
}

TEST_CASE("a run's page shows everything, escapes names and fetches nothing") {
  const std::string html = run_page(example(), {{"tokens.p99<1s", true}, {"no luck", false}});
  CHECK(html.find("<!doctype html>") == 0);
  CHECK(count_of(html, "<svg") == 3);  // Percentiles together, each metric over time.
  CHECK(count_of(html, "data-name=\"ttft\"") == 1);
  CHECK(count_of(html, "data-name=\"p99\"") == 2);
  for (const char* shown : {"p99.99", "goodput_mbit", "mismatches", "&lt;cubic&gt;",
                            "edge &lt;lte&gt; &amp; &#39;more&#39;", "met: tokens.p99&lt;1s"})
    CHECK(count_of(html, shown) >= 1);
  for (const char* banned : {"http:", "https:", "src=", "@import", "<link", "<lte>", "nan"})
    CHECK(count_of(html, banned) == 0);
}

TEST_CASE("a run that measured nothing has a page too") {
  RunResult result;
  result.workload = result.name = "udp";
  result.metrics.resize(1);
  result.metrics[0].name = "rtt";
  const std::string html = run_page(result, {});
  CHECK(count_of(html, "<svg") == 0);
  CHECK(count_of(html, "rtt") >= 1);
}
