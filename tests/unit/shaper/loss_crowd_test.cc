#include "shaper/loss_crowd.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

/// `rounds` of 300 segments with `lost` more in each; how many of them passed for a crowd.
int crowds(LossCrowd& crowd, int rounds, std::uint32_t lost, float run = 1) {
  int seen = 0;
  for (int i = 0; i < rounds; ++i) {
    crowd.add(300, lost);
    if (crowd.present(run)) ++seen;
    crowd.close_round();
  }
  return seen;
}

}  // namespace

TEST_CASE("two losses in a round are a crowd where hardly any segment is lost", "[loss-crowd]") {
  LossCrowd crowd;
  CHECK(crowds(crowd, 40, 0) == 0);
  crowd.add(300, 1);
  CHECK_FALSE(crowd.present(1));
  crowd.add(0, 1);
  CHECK(crowd.present(1));
}

TEST_CASE("stray losses are no crowd, however often they come", "[loss-crowd]") {
  LossCrowd crowd;
  crowds(crowd, 10, 3);
  CHECK(crowds(crowd, 200, 3) == 0);
  CHECK(crowd.share() == Approx(0.0099).epsilon(0.1));
  SECTION("many more than the path's share are") { CHECK(crowds(crowd, 1, 20) == 1); }
}

TEST_CASE("a run of losses is no crowd where losses come in runs", "[loss-crowd]") {
  LossCrowd crowd;
  crowds(crowd, 40, 0);
  CHECK(crowds(crowd, 1, 4, 1) == 1);
  CHECK(crowds(crowd, 1, 4, 4) == 0);
}

TEST_CASE("crowds seconds apart do not become the path's habit", "[loss-crowd]") {
  LossCrowd crowd;
  crowds(crowd, 40, 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(crowds(crowd, 1, 20) == 1);
    CHECK(crowds(crowd, 40, 0) == 0);
  }
}

TEST_CASE("losses are rare once many segments came through, crowds or not", "[loss-crowd]") {
  LossCrowd crowd;
  crowds(crowd, 4, 0);
  CHECK_FALSE(crowd.rare());
  crowds(crowd, 40, 0);
  CHECK(crowd.rare());
  SECTION("crowds seconds apart leave them so") {
    for (int i = 0; i < 5; ++i) {
      crowds(crowd, 1, 20);
      crowds(crowd, 80, 0);
    }
    CHECK(crowd.rare());
  }
  SECTION("one in a thousand does not") {
    for (int i = 0; i < 20; ++i) {
      crowds(crowd, 2, 0);
      crowds(crowd, 1, 1);
    }
    CHECK_FALSE(crowd.rare());
  }
}

TEST_CASE("losses that were none, or were answered for, make no crowd", "[loss-crowd]") {
  LossCrowd crowd;
  crowds(crowd, 40, 0);
  crowd.add(300, 5);
  REQUIRE(crowd.present(1));
  SECTION("none") { crowd.forgive(5); }
  SECTION("answered for") { crowd.close_event(); }
  CHECK_FALSE(crowd.present(1));
}
