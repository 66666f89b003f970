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
  flow.rounds(20, 80, false, true);
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
  flow.rounds(20, 80, false, true);
  SECTION("a queue") { flow.rounds(100, 20, true, true); }
  SECTION("no stray losses: it has little to send") { flow.rounds(100, 20, false, false); }
  SECTION("not by half") { flow.rounds(100, 41, false, true); }
  SECTION("for a moment at a time, as BBR asks for the least round trip") {
    for (int i = 0; i < 20; ++i) {
      flow.rounds(5, 1, false, true);
      flow.rounds(1, 80, false, true);
    }
  }
  CHECK_FALSE(flow.watch.regretted());
}
