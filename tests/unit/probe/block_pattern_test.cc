#include "probe/block_pattern.h"

#include <vector>

#include "support/catch.h"

using gimbal::probe::BlockPattern;

namespace {

std::vector<std::byte> message(const BlockPattern& pattern, std::uint64_t size) {
  std::vector<std::byte> out;
  while (out.size() < size) {
    const auto piece = pattern.piece(out.size(), size - out.size());
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

}  // namespace

TEST_CASE("a message longer than the block is itself wherever it is cut") {
  for (const std::uint64_t seed :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{77}, UINT64_MAX}) {
    const BlockPattern pattern{seed};
    const auto whole = message(pattern, 3 * BlockPattern::kBlock + 17);
    const std::span all{whole};
    CHECK(pattern.matches(all, 0));
    for (std::size_t at = 1; at < whole.size(); at += 12'345)
      CHECK(pattern.matches(all.subspan(at), at));
  }
}

TEST_CASE("a flipped bit, a lost byte and another message's bytes are found") {
  const BlockPattern pattern{42};
  auto wrong = message(pattern, 100'000);
  wrong[99'999] ^= std::byte{1};
  CHECK_FALSE(pattern.matches(wrong, 0));
  const auto right = message(pattern, 100'000);
  CHECK_FALSE(pattern.matches(std::span{right}.subspan(1), 0));
  CHECK_FALSE(BlockPattern{43}.matches(right, 0));
}
