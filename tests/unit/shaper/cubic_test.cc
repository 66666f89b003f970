#include "shaper/cubic.h"

#include "support/catch.h"

using namespace gimbal;

namespace {
constexpr std::uint32_t kMss = 1448;
constexpr Nanos kRtt = Nanos::millis(50);

/// One round trip of a fully used window.
void round(Cubic& cubic, Instant& now) {
  const std::uint32_t window = cubic.window();
  for (std::uint32_t acked = 0; acked < window; acked += 2 * kMss) {
    now = now + kRtt.scaled(2.0 * kMss / window);
    cubic.on_delivered(2 * kMss, kRtt, true, now);
  }
}
}  // namespace

TEST_CASE("slow start doubles each round", "[cubic]") {
  Cubic cubic;
  Instant now{1};
  cubic.start(10 * kMss, kMss);
  round(cubic, now);
  CHECK(cubic.window() >= 19 * kMss);
  CHECK(cubic.window() <= 21 * kMss);
}

TEST_CASE("congestion takes three tenths, and the climb back takes K seconds", "[cubic]") {
  Cubic cubic;
  Instant now{1};
  cubic.start(500 * kMss, kMss);
  cubic.on_congestion(cubic.window(), now);
  CHECK(cubic.window() == Approx(350 * kMss).margin(2 * kMss));
  // RFC 9438 4.2: K = cbrt(Wmax * (1 - beta) / C) = cbrt(500 * 0.3 / 0.4) = 7.2 s.
  const Instant cut = now;
  while (cubic.window() < 495 * kMss && now - cut < Nanos::seconds(20)) round(cubic, now);
  CHECK((now - cut).to_seconds() > 4.0);
  CHECK((now - cut).to_seconds() < 8.0);
}

TEST_CASE("an undone reduction leaves no trace", "[cubic]") {
  Cubic cubic;
  Instant now{1};
  cubic.start(100 * kMss, kMss);
  const bool starting = cubic.in_slow_start();
  cubic.on_congestion(cubic.window(), now);
  cubic.undo(true);
  CHECK(cubic.window() == 100 * kMss);
  CHECK(cubic.in_slow_start() == starting);
  cubic.undo(true);  // Nothing more to undo.
  CHECK(cubic.window() == 100 * kMss);
}

TEST_CASE("undoing a reduction need not mean slow start again", "[cubic]") {
  Cubic cubic;
  cubic.start(100 * kMss, kMss);
  cubic.on_congestion(cubic.window(), Instant{1});
  cubic.undo(false);
  CHECK(cubic.window() == 100 * kMss);
  CHECK_FALSE(cubic.in_slow_start());
}

TEST_CASE("congestion is taken from what was in flight, not from a window nobody used", "[cubic]") {
  Cubic cubic;
  cubic.start(1000 * kMss, kMss);
  cubic.on_congestion(100 * kMss, Instant{1});
  CHECK(cubic.window() == Approx(70 * kMss).margin(kMss));
}

TEST_CASE("a window that is not used does not grow", "[cubic]") {
  Cubic cubic;
  cubic.start(100 * kMss, kMss);
  cubic.leave_slow_start();
  for (int i = 0; i < 1000; ++i) cubic.on_delivered(kMss, kRtt, false, Instant{i * 1'000'000});
  CHECK(cubic.window() == 100 * kMss);
}

TEST_CASE("slow start that delay ended can go on, and a later reduction still ends it", "[cubic]") {
  Cubic cubic;
  const Instant now{1'000'000'000};
  cubic.start(20 * 1448, 1448);
  cubic.leave_slow_start();
  REQUIRE_FALSE(cubic.in_slow_start());
  cubic.resume_slow_start();
  REQUIRE(cubic.in_slow_start());
  const std::uint32_t before = cubic.window();
  cubic.on_delivered(before, Nanos::millis(40), true, now);
  CHECK(cubic.window() == 2 * before);
  cubic.on_congestion(cubic.window(), now);
  CHECK_FALSE(cubic.in_slow_start());
}
