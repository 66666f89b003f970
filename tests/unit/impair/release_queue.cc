#include "impair/release_queue.h"

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

namespace gimbal::impair {

TEST_CASE("packets leave in order of time, equal times in order of arrival", "[impair][release]") {
  struct Item {
    std::int64_t at;
    int number;
  };
  ReleaseQueue<int> queue{5000};
  std::vector<Item> expected;
  Rng luck{1};
  for (int i = 0; i < 5000; ++i) {
    const auto at = static_cast<std::int64_t>(luck.next() % 700);
    expected.push_back({at, i});
    REQUIRE(queue.push(i, Instant{at}));
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const Item& a, const Item& b) { return a.at < b.at; });
  for (const Item& item : expected) {
    REQUIRE(queue.next_due() == Instant{item.at});
    const auto due = queue.pop_due(Instant{1000});
    REQUIRE(due);
    REQUIRE(due->release_at == Instant{item.at});
    REQUIRE(due->payload == item.number);
  }
  CHECK(queue.empty());
  CHECK(queue.next_due() == Instant::never());
}

TEST_CASE("nothing leaves before its time, and what is due leaves at it", "[impair][release]") {
  ReleaseQueue<int> queue{4};
  REQUIRE(queue.push(1, Instant{100}));
  CHECK_FALSE(queue.pop_due(Instant{99}));
  CHECK(queue.pop_due(Instant{100})->payload == 1);
}

TEST_CASE("a full queue refuses and keeps what it has", "[impair][release]") {
  ReleaseQueue<int> queue{2};
  REQUIRE(queue.push(1, Instant{2}));
  REQUIRE(queue.push(2, Instant{1}));
  CHECK(queue.full());
  CHECK_FALSE(queue.push(3, Instant{0}));
  CHECK(queue.pop_due(Instant{5})->payload == 2);
  CHECK(queue.push(3, Instant{0}));
  CHECK(queue.size() == 2);
}

}  // namespace gimbal::impair
