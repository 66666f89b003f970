#include "probe/arrivals.h"

#include "support/catch.h"

using gimbal::probe::Arrivals;
using gimbal::probe::Clock;
using namespace std::chrono_literals;

namespace {
double seconds(Clock::duration span) { return std::chrono::duration<double>(span).count(); }
}  // namespace

TEST_CASE("even arrivals do not drift over a million") {
  const Clock::time_point start{5s};
  Arrivals arrivals{start, 3000, false, 1};
  CHECK(arrivals.next() == start);
  Clock::time_point last;
  for (int i = 1; i < 1'000'000; ++i) last = arrivals.next();
  CHECK(seconds(last - start) == Approx(999'999 / 3000.0).margin(1e-6));
}

TEST_CASE("Poisson arrivals keep the rate and their gaps are exponential") {
  constexpr int kCount = 200'000;
  constexpr double kRate = 1000;
  const Clock::time_point start{};
  Arrivals arrivals{start, kRate, true, 7};
  Clock::time_point before = arrivals.next();
  int above_mean = 0;
  int above_double = 0;
  for (int i = 0; i < kCount; ++i) {
    const Clock::time_point now = arrivals.next();
    REQUIRE(now >= before);
    above_mean += seconds(now - before) > 1 / kRate;
    above_double += seconds(now - before) > 2 / kRate;
    before = now;
  }
  CHECK(kCount / seconds(before - start) == Approx(kRate).epsilon(0.01));
  CHECK(above_mean == Approx(kCount * std::exp(-1)).epsilon(0.01));
  CHECK(above_double == Approx(kCount * std::exp(-2)).epsilon(0.02));
}

TEST_CASE("the same seed gives the same arrivals, another seed others") {
  Arrivals first{{}, 50, true, 3};
  Arrivals again{{}, 50, true, 3};
  Arrivals other{{}, 50, true, 4};
  int same_as_other = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto at = first.next();
    REQUIRE(at == again.next());
    same_as_other += at == other.next();
  }
  CHECK(same_as_other == 1);  // The start itself.
}
