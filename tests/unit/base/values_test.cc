// Endian, time, rate and result: small values whose mistakes would show up everywhere else.
#include <cstring>

#include "base/endian.h"
#include "base/rate.h"
#include "base/result.h"
#include "base/time.h"
#include "support/catch.h"

namespace gimbal {
namespace {

static_assert(Nanos::millis(2) + Nanos::micros(5) == Nanos{2'005'000});
static_assert(Instant{100} - Instant{40} == Nanos{60});
static_assert(Instant{100} + Nanos{-40} == Instant{60});
static_assert(Instant::never() > Instant{INT64_MAX - 1});
static_assert(Nanos::seconds(3) / Nanos::seconds(2) == 1.5);
static_assert(min(Nanos{-1}, Nanos{1}) == Nanos{-1} && max(Instant{1}, Instant{2}) == Instant{2});

TEST_CASE("a big-endian integer lies in memory most significant byte first") {
  const be32 word{0x0102'0304};
  unsigned char bytes[4];
  std::memcpy(bytes, &word, sizeof(bytes));
  CHECK(bytes[0] == 1);
  CHECK(bytes[3] == 4);
  CHECK(word.value() == 0x0102'0304);
  CHECK(be16{0xabcd}.value() == 0xabcd);
  CHECK(BigEndian<std::uint64_t>{0x0102'0304'0506'0708}.value() == 0x0102'0304'0506'0708);
}

TEST_CASE("a rate and the time it needs are inverse to each other") {
  const BitRate rate = BitRate::from_mbit(100);
  CHECK(rate.time_for(1250) == Nanos::micros(100));
  CHECK(rate.bytes_in(Nanos::micros(100)) == 1250);
  CHECK(BitRate::of(1250, Nanos::micros(100)) == rate);
  CHECK(rate.to_mbit() == Approx(100));
}

TEST_CASE("a zero rate needs no time and an empty span has no rate") {
  CHECK(BitRate{}.is_zero());
  CHECK(BitRate{}.time_for(1'000'000) == Nanos{});
  CHECK(BitRate::of(1000, Nanos{}).is_zero());
  CHECK(BitRate::of(1000, Nanos{-5}).is_zero());
}

TEST_CASE("a duration is scaled by truncation towards zero") {
  CHECK(Nanos{10}.scaled(0.59) == Nanos{5});
  CHECK(Nanos{-10}.scaled(0.59) == Nanos{-5});
}

TEST_CASE("a result holds either its value or the reason there is none") {
  const Result<int> good{7};
  REQUIRE(good.ok());
  CHECK(good.value() == 7);
  const Result<int> bad{Error{"/ports/lan", "no such interface: name an existing one"}};
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message() == "/ports/lan: no such interface: name an existing one");
  CHECK(Error{"", "bare"}.message() == "bare");
}

}  // namespace
}  // namespace gimbal
