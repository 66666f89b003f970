#include "shaper/left_alone.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

/// Rounds of 40 ms at `mbit` each.
struct Watched {
  LeftAlone watch;
  Instant now{Nanos::seconds(1).count()};
  std::uint64_t delivered{0};

  Watched() { watch.begin(delivered, now); }
  void rounds(int count, double mbit, bool queued, bool stray) {
    for (int i = 0; i < count; ++i) {
      now = now + Nanos::millis(40);
      delivered += static_cast<std::uint64_t>(mbit * 1e6 / 8 * 0.04);
      watch.close_round(delivered, queued, stray, now);
    }
  }
};

}  // namespace

TEST_CASE("a sender that slows down for stray losses was no paced one", "[left-alone]") {
  Watched flow;
  flow.rounds(40, 80, false, true);
  flow.rounds(15, 20, false, true);
  CHECK_FALSE(flow.watch.regretted());
  flow.rounds(1, 20, false, true);
  CHECK(flow.watch.regretted());
  SECTION("and that is never doubted again") {
    flow.rounds(100, 90, false, true);
    CHECK(flow.watch.regretted());
  }
}

TEST_CASE("a sender that slows down for a reason stays left alone", "[left-alone]") {
  Watched flow;
  flow.rounds(40, 80, false, true);
  SECTION("a queue") { flow.rounds(100, 20, true, true); }
  SECTION("no stray losses: it has little to send") { flow.rounds(100, 20, false, false); }
  SECTION("not by half") { flow.rounds(100, 45, false, true); }
  SECTION("for a moment at a time, as BBR asks for the least round trip") {
    for (int i = 0; i < 20; ++i) {
      flow.rounds(5, 1, false, true);
      flow.rounds(1, 80, false, true);
    }
  }
  CHECK_FALSE(flow.watch.regretted());
}

TEST_CASE("one round of luck is no rate to fall from", "[left-alone]") {
  Watched flow;
  flow.rounds(40, 30, false, true);
  flow.rounds(1, 100, false, true);
  flow.rounds(100, 30, false, true);
  CHECK_FALSE(flow.watch.regretted());
}

TEST_CASE("a sender that has less with help than alone is given back, once", "[left-alone]") {
  Watched flow;
  flow.rounds(31, 50, false, false);
  CHECK_FALSE(flow.watch.known());
  flow.rounds(1, 50, false, false);
  REQUIRE(flow.watch.known());
  flow.watch.begin_help(flow.delivered, flow.now);
  const auto helped = [&](int count, double mbit) {
    bool back = false;
    for (int i = 0; i < count; ++i) {
      flow.now = flow.now + Nanos::millis(40);
      flow.delivered += static_cast<std::uint64_t>(mbit * 1e6 / 8 * 0.04);
      back |= flow.watch.close_helped_round(flow.delivered, flow.now);
    }
    return back;
  };
  SECTION("less for three blocks of eight rounds") {
    CHECK_FALSE(helped(16, 40));
    CHECK(helped(8, 40));
    CHECK_FALSE(flow.watch.known());
  }
  SECTION("as much") { CHECK_FALSE(helped(400, 50)); }
  SECTION("PROBE_RTT between") {
    for (int i = 0; i < 10; ++i) {
      CHECK_FALSE(helped(14, 50));
      CHECK_FALSE(helped(5, 1));
      CHECK_FALSE(helped(13, 50));
    }
  }
}
