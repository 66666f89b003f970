#include "base/seq32.h"

#include "base/rng.h"
#include "support/catch.h"

namespace gimbal {
namespace {

// The circle's seam, at compile time.
static_assert(Seq32{0xffff'ffff} + 1 == Seq32{0});
static_assert(Seq32{0} - 1 == Seq32{0xffff'ffff});
static_assert(Seq32{0xffff'ffff} < Seq32{0} && Seq32{0} > Seq32{0xffff'ffff});
static_assert(Seq32{5} <= Seq32{5} && Seq32{5} >= Seq32{5} && !(Seq32{5} < Seq32{5}));
static_assert(Seq32{0} - Seq32{0xffff'fff6} == 10 && Seq32{0xffff'fff6} - Seq32{0} == -10);
static_assert(max(Seq32{0xffff'ffff}, Seq32{3}) == Seq32{3});
static_assert(min(Seq32{0xffff'ffff}, Seq32{3}) == Seq32{0xffff'ffff});
// The far side: 2^31 - 1 ahead is ahead, 2^31 is behind.
static_assert(Seq32{0x7fff'ffff} > Seq32{0} && Seq32{0x8000'0000} < Seq32{0});

TEST_CASE("sequence numbers compare the same wherever the circle is turned to") {
  Rng rng{32};
  for (int i = 0; i < 10'000; ++i) {
    const auto turn = static_cast<std::uint32_t>(rng.next());
    const auto gap = static_cast<std::uint32_t>(rng.next()) & 0x7fff'ffff;
    const Seq32 behind{turn};
    const Seq32 ahead = behind + gap;
    REQUIRE(ahead - behind == static_cast<std::int32_t>(gap));
    REQUIRE((behind < ahead) == (gap != 0));
    REQUIRE((ahead > behind) == (gap != 0));
    REQUIRE(behind <= ahead);
    REQUIRE(max(ahead, behind) == ahead);
    REQUIRE(min(ahead, behind) == behind);
    REQUIRE(ahead - gap == behind);
  }
}

TEST_CASE("adding in place crosses the seam") {
  Seq32 seq{0xffff'fffe};
  seq += 3;
  CHECK(seq.raw() == 1);
}

}  // namespace
}  // namespace gimbal
