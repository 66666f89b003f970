#include "shaper/ack_envelope.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Seq32 kStart{0xffff'f000};  // Wraps soon.
const Instant kNow{1'000'000'000};
constexpr Nanos kMost = Nanos::millis(95);

AckEnvelope aiming_at(Nanos ceiling) {
  AckEnvelope envelope;
  envelope.close_round(1, ceiling);
  return envelope;
}

}  // namespace

TEST_CASE("every acknowledgment is shown at the same round trip", "[envelope]") {
  AckEnvelope envelope = aiming_at(Nanos::millis(60));
  for (const int took : {40, 55, 60}) {
    INFO(took);
    envelope.forget();
    const Instant sent = kNow - Nanos::millis(took);
    CHECK(envelope.add(kStart, Nanos::millis(took), kMost, kNow) == sent + Nanos::millis(60));
  }
  SECTION("and one that took longer at once") {
    envelope.forget();
    CHECK(envelope.add(kStart, Nanos::millis(80), kMost, kNow) == kNow);
    CHECK(envelope.empty());
  }
}

TEST_CASE("numbers are shown in order, each when it is due", "[envelope]") {
  AckEnvelope envelope = aiming_at(Nanos::millis(60));
  envelope.add(kStart + 1000, Nanos::millis(40), kMost, kNow);
  envelope.add(kStart + 2000, Nanos::millis(50), kMost, kNow + Nanos::millis(15));
  CHECK(envelope.upto(kStart, kNow + Nanos::millis(19)) == kStart);
  CHECK(envelope.upto(kStart, kNow + Nanos::millis(21)) == kStart + 1000);
  CHECK(envelope.next() == kNow + Nanos::millis(25));
  CHECK(envelope.upto(kStart, kNow + Nanos::millis(25)) == kStart + 2000);
  CHECK(envelope.empty());
}

TEST_CASE("the round trip aimed at moves by a tenth a round", "[envelope]") {
  AckEnvelope envelope = aiming_at(Nanos::millis(50));
  envelope.close_round(1, Nanos::millis(100));
  CHECK(envelope.target() == Nanos::millis(50));
  envelope.close_round(2, Nanos::millis(100));
  CHECK(envelope.target() == Nanos::millis(55));
  envelope.close_round(3, Nanos::millis(10));
  CHECK(envelope.target() == Nanos::micros(49'500));
}

TEST_CASE("nothing waits longer than it may, and a full list loses no number", "[envelope]") {
  AckEnvelope envelope = aiming_at(Nanos::millis(400));
  CHECK(envelope.add(kStart, Nanos::millis(40), kMost, kNow) == kNow + kMost);
  for (std::uint32_t i = 1; i <= 100; ++i)
    envelope.add(kStart + i * 1000, Nanos::millis(40), kMost, kNow + Nanos::millis(1) * i);
  CHECK(envelope.upto(kStart, kNow + Nanos::millis(200)) == kStart + 100'000);
}
