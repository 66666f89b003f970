#include "probe/histogram.h"

#include <vector>

#include "base/rng.h"
#include "hdr_fixture.h"
#include "support/catch.h"

using gimbal::Rng;
using namespace gimbal::probe;

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

TEST_CASE("percentiles are those of hdr-histogram-js, an independent implementation") {
  for (const HdrCase& known : kHdrCases) {
    INFO(known.name);
    Histogram histogram;
    std::uint32_t x = known.seed;
    const auto word = [&x] { return x = x * 1664525U + 1013904223U; };
    for (int i = 0; i < kHdrCount; ++i) {
      const std::uint32_t value = word();
      const unsigned extra = known.spread == 0 ? 0 : (word() >> 8) % known.spread;
      histogram.record(value >> (known.shift + extra));
    }
    for (std::size_t i = 0; i < kHdrPercentiles.size(); ++i) {
      const double percentile = kHdrPercentiles[i];
      INFO(percentile);
      // Theirs is the bucket's edge even where it is above the largest value; ours never is.
      CHECK(histogram.quantile(percentile / 100) == std::min(known.at[i], histogram.max()));
    }
    // Theirs is the mean of the buckets' middles, ours of the values.
    CHECK(histogram.mean() == Approx(known.mean).epsilon(0.004));
  }
}

TEST_CASE("joined histograms are the histogram of all values") {
  Rng rng{13};
  Histogram whole;
  Histogram low;
  Histogram high;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::uint64_t>(rng.exponential(50'000));
    whole.record(value);
    (value < 30'000 ? low : high).record(value);
  }
  low.merge(high);
  low.merge(Histogram{});
  CHECK(std::equal(low.counts().begin(), low.counts().end(), whole.counts().begin(),
                   whole.counts().end()));
  CHECK(low.count() == whole.count());
  CHECK(low.min() == whole.min());
  CHECK(low.max() == whole.max());
  CHECK(low.mean() == Approx(whole.mean()));
}
