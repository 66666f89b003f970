#include "tcp/record_arena.h"

#include <map>

#include "base/rng.h"
#include "support/catch.h"

using namespace gimbal;

TEST_CASE("blocks never overlap and all memory comes back as one piece", "[arena]") {
  RecordArena arena{4096};
  Rng rng{7};
  std::map<std::uint32_t, std::uint32_t> held;  // first index -> order
  for (int step = 0; step < 20'000; ++step) {
    if (rng.chance(0.55)) {
      const auto order = RecordArena::kMinOrder + static_cast<std::uint32_t>(rng.next() % 5);
      const std::uint32_t block = arena.allocate(order);
      if (block == RecordArena::kNoBlock) continue;
      REQUIRE(block % (1U << order) == 0);
      const auto after = held.lower_bound(block);
      if (after != held.end()) REQUIRE(block + (1U << order) <= after->first);
      if (after != held.begin()) {
        const auto before = std::prev(after);
        REQUIRE(before->first + (1U << before->second) <= block);
      }
      held.emplace(block, order);
    } else if (!held.empty()) {
      auto chosen = held.begin();
      std::advance(chosen, static_cast<std::ptrdiff_t>(rng.next() % held.size()));
      arena.release(chosen->first, chosen->second);
      held.erase(chosen);
    }
  }
  for (const auto& [block, order] : held) arena.release(block, order);
  CHECK(arena.in_use() == 0);
  CHECK(arena.allocate(12) == 0);  // Whole again: 4096 records in one block.
}
