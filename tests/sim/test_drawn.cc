#include "sim/drawn_path.h"
#include "sim/drawn_report.h"
#include "support/catch.h"

namespace gimbal::sim {
namespace {

TEST_CASE("a drawn path is the same path each time, and another for another number", "[drawn]") {
  CHECK(describe(drawn_path(7)) == describe(drawn_path(7)));
  CHECK(describe(drawn_path(7)) != describe(drawn_path(8)));
  CHECK(drawn_path(7).name == "drawn7");
}

TEST_CASE("drawn paths keep to their ranges, and each trouble is among them", "[drawn]") {
  int jittery = 0, lossy = 0, in_runs = 0, dark = 0, stalled = 0, batched = 0, plain = 0;
  for (std::uint64_t n = 1; n <= 300; ++n) {
    const Profile path = drawn_path(n);
    const impair::DirectionConfig& data = path.data;
    CHECK(data.rate.to_mbit() >= 7.9);
    CHECK(data.rate.to_mbit() <= 300);
    CHECK(data.delay == path.acks.delay);
    CHECK(data.delay >= Nanos::micros(4990));
    CHECK(data.delay <= Nanos::millis(100));
    CHECK(data.queue_bytes >= 40'000);
    // What is drawn about a mean must not reach below zero.
    CHECK(data.jitter.scale.to_ms() <= 0.4 * data.delay.to_ms() + 0.001);
    CHECK(carries_mbit(path) < data.rate.to_mbit());
    jittery += data.jitter.kind != impair::JitterKind::none ? 1 : 0;
    lossy += data.loss.on() ? 1 : 0;
    in_runs += data.loss.kind == impair::LossKind::gilbert_elliott ? 1 : 0;
    dark += data.outages.on() ? 1 : 0;
    stalled += data.stalls.on() ? 1 : 0;
    batched += data.batches.on() ? 1 : 0;
    plain += data.jitter.kind == impair::JitterKind::none && !data.loss.on() ? 1 : 0;
  }
  CHECK(jittery > 150);
  CHECK(lossy > 150);
  CHECK(in_runs > 30);
  CHECK(dark > 15);
  CHECK(stalled > 15);
  CHECK(batched > 15);
  CHECK(plain > 20);
}

TEST_CASE("the report counts who keeps what it had, and names who does not", "[drawn]") {
  std::vector<Row> rows;
  for (std::uint64_t n = 1; n <= 4; ++n)
    for (const BoxKind box : {BoxKind::off, BoxKind::repair}) {
      Row row;
      row.scenario.profile = drawn_path(n);
      row.scenario.box = box;
      row.outcome.goodput_mbit = box == BoxKind::off ? 4 : n == 3 ? 1 : 8;
      rows.push_back(row);
    }
  const std::string text = print_drawn(rows);
  CAPTURE(text);
  CHECK(text.find("cubic, auto: 3 of 4 runs keep 0.98 of off") != std::string::npos);
  CHECK(text.find("0.25 of off,   1.0 Mb/s; drawn3: ") != std::string::npos);
  CHECK(text.find("drawn1: ") == std::string::npos);
  CHECK(print_drawn({}).empty());
}

}  // namespace
}  // namespace gimbal::sim
