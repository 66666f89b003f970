#include "probe/histogram.h"

#include <vector>

#include "base/rng.h"
#include "support/catch.h"

using gimbal::Rng;
using gimbal::probe::Histogram;

TEST_CASE("bucket edges enclose every value with less than one part in 128 of error") {
  Rng rng{7};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = rng.next() >> (rng.next() % 64);
    const std::size_t bucket = Histogram::bucket_of(value);
    const std::uint64_t edge = Histogram::upper_edge(bucket);
    REQUIRE(edge >= value);
    REQUIRE(static_cast<double>(edge - value) <= static_cast<double>(value) / 128.0);
    REQUIRE(Histogram::bucket_of(edge) == bucket);
    if (edge != UINT64_MAX) REQUIRE(Histogram::bucket_of(edge + 1) == bucket + 1);
  }
}

TEST_CASE("quantiles agree with the sorted values") {
  Rng rng{11};
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(static_cast<std::uint64_t>(rng.exponential(20'000)));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 5000)) - 1;
    const std::uint64_t exact = values[rank];
    CHECK(histogram.quantile(q) >= exact);
    CHECK(histogram.quantile(q) <= exact + exact / 128 + 1);
  }
  CHECK(histogram.quantile(1.0) == values.back());
}

TEST_CASE("an empty histogram reads zero and a single value reads itself") {
  Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  histogram.record(123'457);
  CHECK(histogram.quantile(0.01) == 123'457);
  CHECK(histogram.quantile(0.999) == 123'457);
  CHECK(histogram.count() == 1);
}
