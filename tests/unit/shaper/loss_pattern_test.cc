#include "shaper/loss_pattern.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

/// Rounds of 500 segments, `lost` of them in each `nth` one.
void rounds(LossPattern& pattern, int count, std::uint32_t lost, int nth = 1, bool raised = false) {
  for (int i = 0; i < count; ++i) {
    const std::uint32_t missing = i % nth == 0 ? lost : 0;
    pattern.add(500 - missing, missing, missing);
    (void)pattern.close_round(raised);
  }
}

}  // namespace

TEST_CASE("one loss in a thousand segments is a habit at any moment", "[loss-pattern]") {
  LossPattern pattern;
  rounds(pattern, 40, 1, 2);
  for (int i = 0; i < 60; ++i) {
    CHECK(pattern.stray());
    rounds(pattern, 1, i % 2 == 0 ? 1 : 0);
  }
  SECTION("even when two in a row stayed away for once") {
    rounds(pattern, 5, 0);
    CHECK(pattern.stray());
  }
}

TEST_CASE("two losses tell where little was seen, one does not", "[loss-pattern]") {
  LossPattern pattern;
  rounds(pattern, 1, 1);
  rounds(pattern, 2, 0);
  CHECK_FALSE(pattern.stray());
  rounds(pattern, 1, 1);
  rounds(pattern, 1, 0);
  CHECK(pattern.stray());
}

TEST_CASE("what a queue lost is no habit of the path", "[loss-pattern]") {
  LossPattern pattern;
  SECTION("it shows in the floor") { rounds(pattern, 40, 3, 1, true); }
  SECTION("it takes a good part of a round trip") { rounds(pattern, 40, 60); }
  SECTION("and one loss in fifty thousand segments is none") { rounds(pattern, 400, 1, 100); }
  CHECK_FALSE(pattern.stray());
}

TEST_CASE("a path that loses in runs is told from a queue that runs over", "[loss-pattern]") {
  LossPattern pattern;
  pattern.add(480, 20, 5);
  CHECK(pattern.bursting());  // Nobody knows yet.
  for (int i = 0; i < 8; ++i) {
    (void)pattern.close_round(false);
    pattern.add(488, 12, 3);
  }
  CHECK(pattern.run_length() > 3.0F);
  CHECK_FALSE(pattern.bursting());
  SECTION("one that runs over loses more than that") {
    pattern.add(0, 60, 30);
    CHECK(pattern.bursting());
  }
  SECTION("and lone losses bring the doubt back") {
    rounds(pattern, 60, 3);
    CHECK(pattern.run_length() < 1.2F);
  }
}

TEST_CASE("what is lost under a raised floor says nothing of the path's runs", "[loss-pattern]") {
  LossPattern pattern;
  for (int i = 0; i < 20; ++i) {
    pattern.add(480, 20, 5);
    (void)pattern.close_round(true);
  }
  CHECK(pattern.run_length() == 1.0F);
}

TEST_CASE("a habit is forgotten when it has gone", "[loss-pattern]") {
  LossPattern pattern;
  rounds(pattern, 100, 5);
  CHECK(pattern.stray());
  rounds(pattern, 200, 0);
  CHECK_FALSE(pattern.stray());
}
