#include "shaper/rate_peak.h"

#include "support/catch.h"

using namespace gimbal;

namespace {
void rounds(RatePeak& peak, int count, double mbit) {
  for (int i = 0; i < count; ++i) {
    peak.add(BitRate::from_mbit(mbit));
    peak.close_round();
  }
}
}  // namespace

TEST_CASE("the best rate is kept while slower rounds follow, and then let go", "[rate-peak]") {
  RatePeak peak;
  CHECK(peak.value().is_zero());
  rounds(peak, 1, 100);
  rounds(peak, 8, 20);
  CHECK(peak.value().to_mbit() == Approx(100).epsilon(0.001));
  rounds(peak, 16, 20);
  CHECK(peak.value().to_mbit() == Approx(20).epsilon(0.001));
}

TEST_CASE("a faster round counts at once", "[rate-peak]") {
  RatePeak peak;
  rounds(peak, 3, 20);
  peak.add(BitRate::from_mbit(50));
  CHECK(peak.value().to_mbit() == Approx(50).epsilon(0.001));
}
