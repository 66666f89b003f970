#include "shaper/window_plan.h"

#include "base/rng.h"
#include "shaper/ack_thinner.h"
#include "shaper/pacer.h"
#include "support/catch.h"

using namespace gimbal;

TEST_CASE("the shown edge never retreats, never passes the receiver's, whatever the target",
          "[window][property]") {
  Rng rng{11};
  for (int trial = 0; trial < 200; ++trial) {
    const auto scale = static_cast<std::uint8_t>(rng.next() % 15);
    Seq32 ack{static_cast<std::uint32_t>(rng.next())};
    Seq32 real = ack;
    Seq32 shown = ack;
    for (int step = 0; step < 200; ++step) {
      ack += static_cast<std::uint32_t>(rng.next() % 3000);
      // A receiver that keeps its own promise: its edge does not retreat by a whole unit.
      const std::uint32_t unit = 1U << scale;
      auto raw = static_cast<std::uint32_t>(rng.next() % 65536);
      if (ack + raw * unit < real) raw = (static_cast<std::uint32_t>(real - ack) + unit - 1) / unit;
      if (ack > real) real = ack;
      if (raw > 65535) break;
      real = max(real, ack + raw * unit);
      const Seq32 target = ack + static_cast<std::uint32_t>(rng.next() % 2'000'000);
      const std::uint16_t window =
          plan_window({ack, static_cast<std::uint16_t>(raw), scale, shown}, target);
      const Seq32 edge = ack + (static_cast<std::uint32_t>(window) << scale);
      REQUIRE(window <= raw);
      if (ack + raw * unit >= shown) REQUIRE(edge >= shown);
      if (raw > 0) REQUIRE(window > 0);
      shown = max(shown, edge);
    }
  }
}

TEST_CASE("a target beyond the receiver's window leaves it as it is", "[window]") {
  CHECK(plan_window({Seq32{100}, 500, 7, Seq32{100}}, Seq32{100} + 10'000'000) == 500);
}

TEST_CASE("a pacer keeps its rate over a second, however coarsely it is asked", "[pacer]") {
  for (const Nanos poll : {Nanos::micros(10), Nanos::micros(500)}) {
    Pacer pacer;
    pacer.set_rate(BitRate::from_mbit(100));
    std::int64_t bytes = 0;
    for (Instant now{1}; now < Instant{1'000'000'000}; now = now + poll) {
      while (pacer.may_send(now)) {
        pacer.on_sent(1514, now);
        bytes += 1514;
      }
    }
    CHECK(static_cast<double>(bytes) * 8e-6 == Approx(100).epsilon(0.01));
  }
}

TEST_CASE("thinning ends when the receive window has held the sender for a round trip",
          "[thinning]") {
  AckThinner thinner;
  Instant now{1};
  const Nanos rtt = Nanos::millis(50);
  thinner.begin(now);
  for (int i = 0; i < 60 && thinner.active(); ++i) {
    now = now + Nanos::millis(1);
    thinner.on_data(static_cast<std::uint32_t>(1448 * (i + 1)), 1'000'000, 1448, rtt, now);
  }
  REQUIRE(thinner.active());  // Growing, with room: slow start.
  for (int i = 0; i < 260 && thinner.active(); ++i) {
    now = now + Nanos::millis(1);
    thinner.on_data(100'000, 0, 1448, rtt, now);
  }
  CHECK_FALSE(thinner.active());
}

TEST_CASE("thinning ends when the sender stopped growing", "[thinning]") {
  AckThinner thinner;
  Instant now{1};
  thinner.begin(now);
  for (int i = 0; i < 400 && thinner.active(); ++i) {
    now = now + Nanos::millis(1);
    thinner.on_data(1448, 1'000'000, 1448, Nanos::millis(50), now);
  }
  CHECK_FALSE(thinner.active());
  CHECK(now < Instant{1} + Nanos::millis(300));
}
