#include "shaper/courtesy.h"

#include <algorithm>
#include <vector>

#include "shaper/elasticity.h"
#include "shaper/loss_pattern.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr Nanos kBase = Nanos::millis(40);
constexpr std::uint32_t kPipe = 500'000;  ///< What the link carries in kBase.

/// A bottleneck of 100 Mb/s seen once a round trip; `others` bytes of neighbours stand in it too.
struct Street {
  Courtesy courtesy;
  Instant now{1'000'000'000};
  std::uint32_t window{800'000};
  std::uint32_t others{0};
  bool unsteady{false};

  [[nodiscard]] Nanos floor() const {
    const double full = static_cast<double>(window) + static_cast<double>(others);
    return Nanos::from_ms(kBase.to_ms() * std::max(1.0, full / kPipe));
  }
  void round() {
    now = now + floor();
    const bool raised = floor() > kBase + Nanos::millis(4);
    window = courtesy.close_round({raised, unsteady, floor(), floor(), window, !unsteady}, now);
  }
};

}  // namespace

TEST_CASE("alone, the queue is drained to its tolerance and no further", "[courtesy]") {
  Street street;
  for (int i = 0; i < 60; ++i) street.round();
  CHECK(street.floor() <= kBase + Nanos::millis(4));
  CHECK(street.window >= kPipe * 85 / 100);
}

TEST_CASE("where others fill what we leave, the window comes back whole", "[courtesy]") {
  Street street;
  street.window = 400'000;
  std::uint32_t least = street.window;
  for (int i = 0; i < 20; ++i) {
    street.others = 900'000 - street.window;
    street.round();
    least = std::min(least, street.window);
  }
  CHECK(least == 350'000);
  CHECK(street.window == 400'000);
  CHECK(street.courtesy.may_grow(true, street.now));
}

TEST_CASE("a question is answered though the floor sank past the threshold", "[courtesy]") {
  Street street;
  street.window = 200'000;
  std::uint32_t least = street.window;
  for (int i = 0; i < 100; ++i) {
    street.others = 455'000 - street.window / 2;
    street.round();
    least = std::min(least, street.window);
  }
  CHECK(least == 175'000);
  CHECK(street.window == 200'000);
}

TEST_CASE("those who filled what we left are there still after a moment's relief", "[courtesy]") {
  Street street;
  street.window = 400'000;
  for (int i = 0; i < 4; ++i) {
    street.others = 900'000 - street.window;
    street.round();
  }
  REQUIRE(street.courtesy.competes(street.now));
  street.others = 0;
  const Instant relieved = street.now;
  for (int i = 0; i < 3; ++i) street.round();
  CHECK(street.courtesy.competes(street.now));
  while (street.now < relieved + Nanos::seconds(4)) street.round();
  CHECK_FALSE(street.courtesy.competes(street.now));
}

TEST_CASE("what was sent before the step does not answer for the others", "[courtesy]") {
  Courtesy courtesy;
  Instant now{1'000'000'000};
  std::uint32_t window = 800'000;
  for (const std::int64_t floor : {50, 58, 53}) {
    now = now + Nanos::millis(floor);
    window = courtesy.close_round({true, false, Nanos::millis(floor), Nanos::millis(floor), window},
                                  now);
  }
  CHECK(window == 612'500);
  CHECK_FALSE(courtesy.competes(now));
}

TEST_CASE("alone where nothing shakes, the queue is drained to its end now and then",
          "[courtesy]") {
  Street street;
  const auto least_window = [&](int rounds) {
    std::uint32_t least = street.window;
    for (int i = 0; i < rounds; ++i) {
      street.round();
      least = std::min(least, street.window);
      street.window += 4'000;
    }
    return least;
  };
  CHECK(least_window(40) < kPipe * 88 / 100);
  CHECK(least_window(150) > kPipe * 90 / 100);
  CHECK(least_window(200) < kPipe * 88 / 100);
  CHECK(street.window >= kPipe * 85 / 100);
  CHECK_FALSE(street.courtesy.competes(street.now));
}

TEST_CASE("the question is asked ever more rarely", "[courtesy]") {
  Street street;
  street.window = 400'000;
  std::vector<Instant> asked;
  while (street.now < Instant{90'000'000'000}) {
    street.others = 900'000 - street.window;
    const std::uint32_t before = street.window;
    street.round();
    if (street.window < before) asked.push_back(street.now);
  }
  REQUIRE(asked.size() >= 4);
  CHECK(asked[1] - asked[0] < Nanos::seconds(4));
  CHECK(asked.back() - asked[asked.size() - 2] > Nanos::seconds(20));
}

TEST_CASE("on an unsteady path we yield slowly, then compete as long", "[courtesy]") {
  Street street;
  street.unsteady = true;
  street.window = 400'000;
  std::uint32_t least = street.window;
  bool competed = false;
  while (street.now < Instant{6'000'000'000}) {
    street.others = 900'000 - street.window;
    street.round();
    least = std::min(least, street.window);
    competed |= street.courtesy.may_grow(true, street.now);
  }
  CHECK(least < 250'000);
  CHECK(competed);
}

TEST_CASE("a cut leaves nothing to give back", "[courtesy]") {
  Street street;
  street.window = 400'000;
  street.others = 500'000;
  street.round();
  REQUIRE(street.window == 350'000);
  street.courtesy.forget();
  street.window = 245'000;
  street.others = 900'000 - street.window;
  street.round();
  CHECK(street.window <= 245'000);
}

namespace {

/// Blocks of ten rounds at one window; `rate` says what the path delivers for it.
template <class Rate>
Nanos last_answer(Elasticity& elasticity, std::initializer_list<std::uint32_t> windows, Rate rate) {
  Instant now{1'000'000'000};
  std::uint64_t delivered = 0;
  Nanos answer;
  elasticity.begin(now);
  for (const std::uint32_t window : windows) {
    answer = Nanos{};
    for (int i = 0; i < 10; ++i) {
      now = now + Nanos::millis(50);
      delivered += static_cast<std::uint64_t>(rate(window) * 0.05);
      answer = max(answer, elasticity.close_round(window, Nanos::micros(window), delivered, now));
    }
  }
  return answer;
}

}  // namespace

TEST_CASE("a rate that follows the window proves the floor at the smaller window", "[elasticity]") {
  Elasticity elasticity;
  const auto follows = [](double window) { return window * 20; };
  CHECK(last_answer(elasticity, {100'000, 130'000}, follows) == Nanos::micros(100'000));
  CHECK(elasticity.may_climb(130'000));
  Elasticity back;
  CHECK(last_answer(back, {130'000, 100'000}, follows) == Nanos::micros(100'000));
}

TEST_CASE("a rate that stays proves nothing and forbids to climb", "[elasticity]") {
  Elasticity elasticity;
  CHECK(last_answer(elasticity, {100'000, 130'000}, [](double) { return 2e6; }) == Nanos{});
  CHECK_FALSE(elasticity.may_climb(130'000));
}

TEST_CASE("a step too small or too large says nothing", "[elasticity]") {
  Elasticity elasticity;
  const auto follows = [](double window) { return window * 20; };
  CHECK(last_answer(elasticity, {100'000, 105'000}, follows) == Nanos{});
  CHECK(last_answer(elasticity, {100'000, 300'000}, follows) == Nanos{});
}

TEST_CASE("a burst of losses is proven a round later, unless it is taken back", "[loss-pattern]") {
  LossPattern pattern;
  pattern.add(80, 20, 20);
  CHECK(pattern.bursting());
  CHECK_FALSE(pattern.close_round(false));
  CHECK(pattern.suspicious());
  CHECK(pattern.close_round(false));
  LossPattern disorder;
  disorder.add(80, 20, 20);
  CHECK_FALSE(disorder.close_round(false));
  disorder.forgive(18);
  CHECK_FALSE(disorder.suspicious());
  CHECK_FALSE(disorder.close_round(false));
}
