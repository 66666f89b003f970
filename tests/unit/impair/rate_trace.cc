#include "impair/rate_trace.h"

#include <string>

#include "impair/direction.h"
#include "impair/trace_text.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

Instant at_ms(double ms) { return Instant{} + Nanos::from_ms(ms); }

template <class Parse>
std::string complaint(Parse parse, std::string_view text) {
  const auto parsed = parse(text);
  return parsed.ok() ? "" : parsed.error().message();
}

}  // namespace

TEST_CASE("a Mahimahi trace serves one 1500-byte opportunity at each stamp and loops",
          "[impair][trace]") {
  const auto trace = parse_mahimahi("2\n5\n5\n10\n");
  REQUIRE(trace.ok());
  CHECK(trace.value().period() == Nanos::millis(10));
  CHECK(trace.value().mean_mbit() == Approx(4 * 1500 * 8 / 10e3));
  TraceCursor cursor;
  const auto serve = [&](double ms, std::uint32_t bytes) {
    return cursor.serve(trace.value(), at_ms(ms), bytes, Instant{});
  };
  CHECK(serve(0, 1500) == at_ms(2));
  CHECK(serve(2, 1500) == at_ms(5));
  CHECK(serve(5, 700) == at_ms(5));
  CHECK(serve(5, 700) == at_ms(5));
  CHECK(serve(5, 700) == at_ms(10));    // 100 bytes at 5 ms, the rest at 10 ms.
  CHECK(serve(10, 1500) == at_ms(12));  // 900 of them at 10 ms.
  CHECK(serve(33, 1500) == at_ms(35));  // What was not used is lost.
  CHECK(serve(35, 6000) == at_ms(45));
}

TEST_CASE("intervals of rate carry exactly their bits, holes carry none", "[impair][trace]") {
  const auto trace = parse_rate_csv("t_s,mbit\n10,8\n10.1,0\n10.2,80\n10.3,\n");
  REQUIRE(trace.ok());
  CHECK(trace.value().period() == Nanos::millis(300));
  TraceCursor cursor;
  const auto serve = [&](double ms, std::uint32_t bytes) {
    return cursor.serve(trace.value(), at_ms(ms), bytes, Instant{});
  };
  CHECK(serve(0, 1000) == at_ms(1));
  CHECK(serve(99.5, 1000) == at_ms(200.05));  // Half before the hole, half after.
  CHECK(serve(150, 1000) == at_ms(200.1));
  CHECK(serve(299.9, 1000) == at_ms(300));
  CHECK(serve(400, 1000) == at_ms(500.1));
}

TEST_CASE("a trace keeps its rate over any number of frames", "[impair][trace]") {
  const auto trace = parse_rate_csv("0,9999\n1,9999\n");
  REQUIRE(trace.ok());
  TraceCursor cursor;
  Instant now;
  constexpr int kFrames = 1'000'000;
  for (int i = 0; i < kFrames; ++i) now = cursor.serve(trace.value(), now, 64, Instant{});
  CHECK(now.ns() == Approx(kFrames * 64 * 8 / 9.999).epsilon(1e-6));
}

TEST_CASE("a direction behind a trace queues, drops and keeps the order", "[impair][trace]") {
  const auto trace = parse_mahimahi("1\n2\n3\n20\n");
  REQUIRE(trace.ok());
  DirectionConfig config;
  config.trace = &trace.value();
  config.queue_bytes = 4500;
  Direction direction{config, 1};
  CHECK(direction.admit(1500, at_ms(0)).release_at == at_ms(1));
  CHECK(direction.admit(1500, at_ms(0)).release_at == at_ms(2));
  CHECK(direction.admit(1500, at_ms(0)).release_at == at_ms(3));
  CHECK(direction.admit(60, at_ms(0)).cause == DropCause::queue_full);
  CHECK(direction.admit(1500, at_ms(4)).release_at == at_ms(20));
  config.trace = nullptr;
  direction.reconfigure(config, at_ms(5));
  CHECK(direction.admit(1500, at_ms(5)).release_at == at_ms(20));
  CHECK(direction.admit(1500, at_ms(30)).release_at == at_ms(30));
}

TEST_CASE("a bad trace is refused with its line and the mend", "[impair][trace]") {
  CHECK(complaint(parse_mahimahi, "1\n3\n2\n").rfind("line 3: '2': earlier than", 0) == 0);
  CHECK(complaint(parse_mahimahi, "1\n-3\n").rfind("line 2: '-3': must be a whole", 0) == 0);
  CHECK(complaint(parse_mahimahi, "1.5\n").rfind("line 1:", 0) == 0);
  CHECK_FALSE(complaint(parse_mahimahi, "").empty());
  CHECK_FALSE(complaint(parse_mahimahi, "0\n0\n").empty());
  CHECK(complaint(parse_rate_csv, "0,5\n1,-5\n").rfind("line 2: '1,-5': the rate must", 0) == 0);
  CHECK(complaint(parse_rate_csv, "0,5\n1,nan\n").rfind("line 2:", 0) == 0);
  CHECK(complaint(parse_rate_csv, "0,5\n1,\n2,5\n").rfind("line 3: '2,5': the line before", 0) ==
        0);
  CHECK(complaint(parse_rate_csv, "0,5\n0,6\n").rfind("line 2: '0,6': times must ascend", 0) == 0);
  CHECK(complaint(parse_rate_csv, "0 5\n").rfind("line 1: '0 5': must be two numbers", 0) == 0);
  CHECK(complaint(parse_rate_csv, "0,0\n1,0\n").rfind("line 1: no rate above 0", 0) == 0);
  CHECK_FALSE(complaint(parse_rate_csv, "0,5\n").empty());
  CHECK(complaint(parse_netem_table, "1 2 1").rfind("line 1: '1': smaller", 0) == 0);
  CHECK(complaint(parse_netem_table, "40000").rfind("line 1: '40000': must be", 0) == 0);
  CHECK_FALSE(complaint(parse_netem_table, "# nothing\n").empty());
  CHECK(complaint(parse_samples, "1.5\nx\n").rfind("line 2: 'x': must be a number", 0) == 0);
}

TEST_CASE("tables are scaled as netem scales them, samples are sorted", "[impair][trace]") {
  const auto table = parse_netem_table("# head\n-32768 -8192\r\n 0 8192 32767\n");
  REQUIRE(table.ok());
  CHECK(table.value().values == std::vector<double>{-4, -1, 0, 1, 32767.0 / 8192});
  const auto samples = parse_samples("3\n1.5\n\n2\n");
  REQUIRE(samples.ok());
  CHECK(samples.value().values == std::vector<double>{1.5, 2, 3});
}

}  // namespace gimbal::impair
