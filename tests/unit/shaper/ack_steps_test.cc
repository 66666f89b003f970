#include "shaper/ack_steps.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr std::uint32_t kMss = 1250;
constexpr Seq32 kStart{0xffff'f000};  // Wraps soon.
const Instant kNow{1'000'000'000};
const BitRate kRate = BitRate::from_mbit(100);  // A segment in 0.1 ms.

}  // namespace

TEST_CASE("a jump is shown four segments at a time, at the rate of the path", "[steps]") {
  AckSteps steps;
  Instant now = kNow;
  Seq32 shown = kStart;
  const Seq32 all = kStart + 100 * kMss;
  while (shown < all) {
    const Seq32 next = steps.upto(shown, all, kMss, kRate, now);
    REQUIRE(next - shown == 4 * static_cast<std::int32_t>(kMss));
    steps.on_shown(4 * kMss, 0, kRate, Nanos::millis(20), now);
    shown = next;
    now = max(now, steps.next());
  }
  // All but what may be caught up: one millisecond.
  CHECK(now - kNow == Nanos::millis(9));
}

TEST_CASE("what is held is gone within its budget, however slow the path", "[steps]") {
  AckSteps steps;
  steps.on_shown(4 * kMss, 100 * kMss, BitRate::from_mbit(1), Nanos::millis(10), kNow);
  CHECK(steps.next() <= kNow + Nanos::micros(400));
}

TEST_CASE("an unknown rate holds nothing", "[steps]") {
  AckSteps steps;
  steps.on_shown(4 * kMss, 0, BitRate{}, Nanos::millis(20), kNow);
  CHECK(steps.upto(kStart, kStart + 900 * kMss, kMss, BitRate{}, kNow) == kStart + 900 * kMss);
}
