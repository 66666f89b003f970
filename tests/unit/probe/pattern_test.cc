#include "probe/pattern.h"

#include <array>

#include "support/catch.h"

using gimbal::probe::Pattern;

TEST_CASE("pieces cut anywhere join to the same stream") {
  const Pattern pattern{42};
  std::array<std::byte, 1000> whole{};
  std::array<std::byte, 1000> pieces{};
  pattern.fill(whole, 5);
  for (std::size_t at = 0, step = 1; at < pieces.size(); at += step, step = step % 13 + 1)
    pattern.fill(std::span{pieces}.subspan(at, std::min(step, pieces.size() - at)), 5 + at);
  CHECK(whole == pieces);
  CHECK_FALSE(pattern.first_difference(whole, 5));
}

TEST_CASE("one flipped bit is found at its offset") {
  const Pattern pattern{42};
  std::array<std::byte, 4096> block{};
  for (const std::size_t at : {0U, 7U, 8U, 1234U, 4095U}) {
    pattern.fill(block, 1'000'003);
    block[at] ^= std::byte{0x10};
    CHECK(pattern.first_difference(block, 1'000'003) == 1'000'003 + at);
  }
}

TEST_CASE("right bytes at a wrong place are found") {
  const Pattern pattern{42};
  std::array<std::byte, 64> block{};
  pattern.fill(block, 64);
  CHECK(pattern.first_difference(block, 0));
  CHECK(pattern.first_difference(block, 65));
  CHECK(Pattern{43}.first_difference(block, 64));
}
