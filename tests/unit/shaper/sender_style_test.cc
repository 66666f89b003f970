#include "shaper/sender_style.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Nanos kRtt = Nanos::millis(40);

struct Sending {
  SenderStyle style;
  Instant now{Nanos::seconds(1).count()};

  /// Round trips of 96 segments in four bursts; between them silence for `silent` of the time.
  void round_trips(int count, double silent) {
    const Nanos quarter = kRtt / 4;
    const Nanos pause = quarter.scaled(silent);
    for (int burst = 0; burst < count * 4; ++burst) {
      for (int i = 0; i < 24; ++i) {
        style.on_data(kRtt, now);
        now = now + (quarter - pause) / 24;
      }
      now = now + pause;
    }
  }
};

}  // namespace

TEST_CASE("a sender that is silent between the acknowledgments is clocked by them",
          "[sender-style]") {
  Sending sending;
  sending.style.begin();
  sending.round_trips(40, 0.8);
  CHECK_FALSE(sending.style.paced());
}

TEST_CASE("a sender that goes on between the acknowledgments paces itself", "[sender-style]") {
  Sending sending;
  sending.style.begin();
  sending.round_trips(3, 0.0);
  CHECK(sending.style.paced());
}

TEST_CASE("the first three blocks tell, what follows does not", "[sender-style]") {
  Sending sending;
  sending.style.begin();
  sending.round_trips(4, 0.6);
  CHECK_FALSE(sending.style.paced());
  SECTION("one even block among them is enough") {
    sending.round_trips(3, 0.0);
    CHECK(sending.style.paced());
  }
  SECTION("an open window fills its round trips later on") {
    sending.round_trips(4, 0.6);
    sending.round_trips(20, 0.0);
    CHECK_FALSE(sending.style.paced());
  }
}

TEST_CASE("what a sender does while it hears every acknowledgment is not judged",
          "[sender-style]") {
  Sending sending;
  sending.style.begin();
  for (int i = 0; i < 10; ++i) {
    sending.round_trips(1, 0.0);
    sending.style.interrupt();
  }
  CHECK_FALSE(sending.style.paced());
}
