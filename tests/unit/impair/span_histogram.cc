#include "impair/span_histogram.h"

#include "support/catch.h"

namespace gimbal::impair {

TEST_CASE("percentiles of lateness are at most an eighth above the truth", "[impair][lateness]") {
  const std::int64_t unit = GENERATE(1, 17, 1000, 123'456, 50'000'000);
  SpanHistogram lateness;
  for (std::int64_t i = 1; i <= 1000; ++i) lateness.record(Nanos{i * unit});
  CHECK(lateness.total() == 1000);
  for (const int rank : {10, 500, 990, 999, 1000}) {
    const Nanos truth{rank * unit};
    const Nanos told = lateness.percentile(rank / 1000.0);
    CHECK(told >= truth);
    CHECK(told.count() <= truth.count() + truth.count() / 8 + 1);
  }
  CHECK(lateness.percentile(1.0) == lateness.largest());
}

TEST_CASE("nothing recorded means zero, and no lateness breaks it", "[impair][lateness]") {
  SpanHistogram lateness;
  CHECK(lateness.percentile(0.99) == Nanos{});
  lateness.record(Nanos::seconds(86'400));
  lateness.record(Nanos{-5});
  CHECK(lateness.total() == 2);
  CHECK(lateness.percentile(0.5) == Nanos{});
  CHECK(lateness.percentile(1.0) <= Nanos::seconds(86'400));
}

}  // namespace gimbal::impair
