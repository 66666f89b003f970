#include "flow/index_pool.h"

#include <set>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

namespace gimbal {
namespace {

TEST_CASE("every index is handed out once until it is given back") {
  for (const std::uint32_t capacity : {1U, 63U, 64U, 65U, 130U}) {
    IndexPool pool{capacity};
    std::set<std::uint32_t> out;
    while (pool.size() < pool.capacity()) REQUIRE(out.insert(pool.take()).second);
    REQUIRE(out.size() == capacity);
    REQUIRE(*out.rbegin() == capacity - 1);
  }
}

TEST_CASE("the index given back last is the next one taken") {
  IndexPool pool{10};
  for (int i = 0; i < 5; ++i) static_cast<void>(pool.take());
  pool.give(3);
  pool.give(1);
  CHECK(pool.take() == 1);
  CHECK(pool.take() == 3);
}

TEST_CASE("the pool agrees with a set about which indexes are out, and in their order") {
  constexpr std::uint32_t kCapacity = 200;
  IndexPool pool{kCapacity};
  std::set<std::uint32_t> model;
  Rng rng{1};
  for (int i = 0; i < 5'000; ++i) {
    const auto index = static_cast<std::uint32_t>(rng.next() % kCapacity);
    REQUIRE(pool.is_used(index) == model.contains(index));
    const auto next = model.lower_bound(index);
    REQUIRE(pool.next_used(index) == (next == model.end() ? kCapacity : *next));
    if (model.contains(index)) {
      pool.give(index);
      model.erase(index);
    } else if (pool.size() < kCapacity) {
      model.insert(pool.take());
    }
    REQUIRE(pool.size() == model.size());
  }
  CHECK(pool.next_used(kCapacity) == kCapacity);
}

}  // namespace
}  // namespace gimbal
