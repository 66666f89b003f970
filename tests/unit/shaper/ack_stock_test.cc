#include "shaper/ack_stock.h"

#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr std::uint32_t kMss = 1000;
constexpr Seq32 kStart{0xffff'f000};  // Wraps soon.
const Instant kNow{1'000'000'000};

/// Twenty segments came at `kNow`, `shown` bytes were acknowledged.
AckStock::View view(std::uint32_t shown, std::int32_t room, Instant now) {
  return {kStart + 19'000,
          kStart + 11'000,
          kStart + shown + 1000,
          room,
          kMss,
          false,
          kNow,
          Nanos{},
          now};
}

}  // namespace

TEST_CASE("a sender with room to go on is answered for all but its newest segment", "[custody]") {
  AckStock stock;
  CHECK(stock.end(view(0, 40'000, kNow)) == kStart + 19'000);
  CHECK(stock.wake() == Instant::never());
}

TEST_CASE("before the window closes eight more are kept back, then handed out one a step",
          "[custody]") {
  AckStock stock;
  CHECK(stock.end(view(9000, 5000, kNow)) == kStart + 11'000);
  CHECK(stock.end(view(9000, 0, kNow)) == kStart + 11'000);
  Instant now = kNow;
  for (std::uint32_t shown = 11'000; shown < 19'000; shown += 1000) {
    CHECK(stock.end(view(shown, 0, now + Nanos::millis(60))) <= kStart + shown);
    REQUIRE(stock.wake() == now + AckStock::kStep);
    now = stock.wake();
    CHECK(stock.end(view(shown, 0, now)) == kStart + shown + 1000);
  }
  SECTION("and the newest is never among them") {
    CHECK(stock.end(view(19'000, 0, now + Nanos::seconds(9))) == kStart + 19'000);
    CHECK(stock.wake() == Instant::never());
  }
}

TEST_CASE("a sender that has gone silent with room left is kept back nothing", "[custody]") {
  AckStock stock;
  CHECK(stock.end(view(9000, 5000, kNow)) == kStart + 11'000);
  REQUIRE(stock.wake() == kNow + AckStock::kSettle);
  CHECK(stock.end(view(11'000, 5000, stock.wake())) == kStart + 19'000);
}

TEST_CASE("a sender whose timer has fired is handed the next one at once", "[custody]") {
  AckStock stock;
  AckStock::View repeated = view(11'000, 0, kNow + Nanos::millis(1));
  repeated.repeated = true;
  CHECK(stock.end(repeated) == kStart + 12'000);
}
