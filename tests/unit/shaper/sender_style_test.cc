#include "shaper/sender_style.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Nanos kRtt = Nanos::millis(40);
constexpr std::uint32_t kMss = 1448;

/// A window that doubles each round trip of 40 ms from 10 segments on, and is sent at `pace`
/// windows per round trip, in pairs. Its ACKs come as dense as a fast path makes them.
struct SlowStart {
  SenderStyle style;
  Instant now{Nanos::seconds(1).count()};
  std::uint32_t window{10};

  void round_trips(int count, double pace) {
    for (int i = 0; i < count; ++i) {
      for (std::uint32_t acked = 0; acked < window; ++acked)
        style.on_shown(kMss, (window - acked) * kMss, Nanos::micros(100), now);
      window *= 2;
      const Nanos gap = kRtt.scaled(2 / (pace * window));
      Instant at = now + Nanos::micros(100);
      for (std::uint32_t sent = 0; sent < window; sent += 2, at = at + gap) {
        style.on_data(kMss, kMss, kRtt, at);
        style.on_data(kMss, kMss, kRtt, at + Nanos::micros(5));
      }
      now = max(now + kRtt, at + Nanos::micros(100));
    }
  }
};

}  // namespace

TEST_CASE(
    "a sender that lets two windows go per round trip is clocked, one that lets 1.44 go is a "
    "model's",
    "[sender-style]") {
  SlowStart sender;
  SECTION("CUBIC, paced by its stack") {
    sender.round_trips(4, 2.0);
    CHECK_FALSE(sender.style.paced());
    SECTION("for good: past slow start its pace is 1.2 windows") {
      sender.round_trips(2, 1.0);
      CHECK_FALSE(sender.style.paced());
    }
  }
  SECTION("CUBIC, not paced: all at once") {
    sender.round_trips(6, 400);
    CHECK_FALSE(sender.style.paced());
  }
  SECTION("BBR") {
    sender.round_trips(3, 1.44);
    CHECK(sender.style.paced());
  }
  SECTION("BBR on a path that stutters") {
    sender.round_trips(3, 0.8);
    CHECK(sender.style.paced());
  }
}

TEST_CASE("the pace of the first windows is a guess and says nothing", "[sender-style]") {
  SlowStart sender;
  sender.round_trips(1, 1.44);
  CHECK_FALSE(sender.style.paced());
}

TEST_CASE("what an ACK may have released says nothing of the pace", "[sender-style]") {
  // A full window on a path that acknowledges evenly: each ACK lets one segment go.
  SenderStyle style;
  Instant now{Nanos::seconds(1).count()};
  for (int i = 0; i < 400; ++i, now = now + kRtt / 32) {
    style.on_shown(i < 30 ? kMss : 0, 20 * kMss, Nanos::micros(100), now);
    style.on_data(kMss, kMss, kRtt, now + Nanos::micros(100));
  }
  CHECK_FALSE(style.paced());
}

TEST_CASE("a sender that was shown a loss is not judged", "[sender-style]") {
  SlowStart sender;
  sender.style.give_up();
  sender.round_trips(4, 1.0);
  CHECK_FALSE(sender.style.paced());
}

TEST_CASE("a flow met late is not judged: what its ACKs let go is not known", "[sender-style]") {
  SlowStart sender;
  sender.window = 200;
  sender.round_trips(3, 1.0);
  CHECK_FALSE(sender.style.paced());
}
