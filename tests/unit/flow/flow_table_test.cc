#include "flow/flow_table.h"

#include <set>
#include <unordered_map>
#include <vector>

#include "support/catch.h"
#include "unit/flow/samples.h"

namespace gimbal {
namespace {

constexpr std::uint64_t kSeed = 42;

struct TestFlow {
  FlowKey key;
  std::uint32_t hash{0};
  std::uint32_t number{0};
};
using Table = FlowTable<TestFlow>;

TestFlow* insert(Table& table, std::uint32_t number) {
  const FlowKey key = key_number(number);
  TestFlow* flow = table.insert(key, hash(key, kSeed));
  if (flow != nullptr) flow->number = number;
  return flow;
}

TestFlow* find(Table& table, std::uint32_t number) {
  const FlowKey key = key_number(number);
  return table.find(key, hash(key, kSeed));
}

TEST_CASE("a flow is found by its key until it is erased") {
  Table table{10};
  CHECK(find(table, 1) == nullptr);
  TestFlow* flow = insert(table, 1);
  REQUIRE(flow != nullptr);
  CHECK(find(table, 1) == flow);
  CHECK(flow->key == key_number(1));
  CHECK(&table.at(table.index_of(flow)) == flow);
  CHECK(table.size() == 1);
  table.erase(flow);
  CHECK(find(table, 1) == nullptr);
  CHECK(table.size() == 0);
}

TEST_CASE("a table takes exactly its capacity and then says no") {
  for (const std::uint32_t capacity : {1U, 2U, 7U, 8U, 63U, 64U, 65U, 1000U}) {
    Table table{capacity};
    for (std::uint32_t i = 0; i < capacity; ++i) REQUIRE(insert(table, i) != nullptr);
    REQUIRE(insert(table, capacity) == nullptr);
    for (std::uint32_t i = 0; i < capacity; ++i) REQUIRE(find(table, i)->number == i);
    REQUIRE(find(table, capacity) == nullptr);
    table.erase(find(table, capacity / 2));
    REQUIRE(insert(table, capacity) != nullptr);
    REQUIRE(table.size() == capacity);
  }
}

TEST_CASE("a flow inserted where another was starts afresh") {
  Table table{1};
  insert(table, 1)->number = 99;
  table.erase(find(table, 1));
  const FlowKey key = key_number(2);
  CHECK(table.insert(key, hash(key, kSeed))->number == 0);
}

TEST_CASE("flows whose hashes are all the same are still told apart and erased one by one") {
  Table table{200};
  for (std::uint32_t i = 0; i < 200; ++i)
    REQUIRE(table.insert(key_number(i), 0xffff'ffff) != nullptr);
  for (std::uint32_t i = 0; i < 200; i += 2) table.erase(table.find(key_number(i), 0xffff'ffff));
  for (std::uint32_t i = 0; i < 200; ++i) {
    REQUIRE((table.find(key_number(i), 0xffff'ffff) != nullptr) == (i % 2 == 1));
  }
}

TEST_CASE("hash 0 is a hash like any other") {
  Table table{20};
  for (std::uint32_t i = 0; i < 20; ++i) table.insert(key_number(i), 0)->number = i;
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(table.find(key_number(i), 0)->number == i);
}

TEST_CASE("the table agrees with a map under random insertions, searches and removals") {
  for (const std::uint32_t capacity : {50U, 1000U}) {
    Table table{capacity};
    std::unordered_map<std::uint32_t, TestFlow*> model;
    Rng rng{capacity};
    for (int i = 0; i < 200'000; ++i) {
      const auto number = static_cast<std::uint32_t>(rng.next() % (capacity + capacity / 2));
      const auto known = model.find(number);
      TestFlow* flow = find(table, number);
      REQUIRE(flow == (known == model.end() ? nullptr : known->second));
      if (flow == nullptr) {
        flow = insert(table, number);
        REQUIRE((flow == nullptr) == (model.size() == capacity));
        if (flow != nullptr) model[number] = flow;
      } else if (rng.chance(0.7)) {
        REQUIRE(flow->number == number);
        table.erase(flow);
        model.erase(number);
      }
      REQUIRE(table.size() == model.size());
    }
  }
}

TEST_CASE("the cursor visits every flow once, also while flows are erased under it") {
  Table table{300};
  std::set<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 300; ++i) insert(table, i);
  for (std::uint32_t i = 0; i < 300; ++i) {
    if (i % 3 == 0) {
      table.erase(find(table, i));
    } else {
      expected.insert(i);
    }
  }
  std::set<std::uint32_t> seen;
  for (auto i = table.next_used(0); i < table.capacity(); i = table.next_used(i + 1)) {
    CHECK(table.is_used(i));
    CHECK(seen.insert(table.at(i).number).second);
    table.erase(&table.at(i));
  }
  CHECK(seen == expected);
  CHECK(table.next_used(0) == table.capacity());
}

TEST_CASE("prefetching an absent flow is harmless and a present one is named") {
  Table table{100};
  TestFlow* flow = insert(table, 5);
  table.prefetch(flow->hash);
  CHECK(table.prefetch_flow(flow->hash) == flow);
  CHECK(table.prefetch_flow(~flow->hash) == nullptr);
}

TEST_CASE("ten million insertions and removals leave searches as short as they were") {
  constexpr std::uint32_t kCapacity = 1024;
  Table table{kCapacity};
  std::vector<std::uint32_t> live;
  std::uint32_t next = 0;
  for (; next < kCapacity; ++next) {
    REQUIRE(insert(table, next) != nullptr);
    live.push_back(next);
  }
  Rng rng{9};
  bool ok = true;
  for (int i = 0; i < 5'000'000; ++i) {
    auto& chosen = live[rng.next() % kCapacity];
    TestFlow* flow = find(table, chosen);
    ok = ok && flow != nullptr && flow->number == chosen;
    if (!ok) break;
    table.erase(flow);
    chosen = next++;
    ok = insert(table, chosen) != nullptr;
  }
  REQUIRE(ok);
  CHECK(table.longest_search() <= 24);
  // Every removal took back what its insertion had marked, so an empty table has no marks left.
  for (const auto number : live) table.erase(find(table, number));
  CHECK(table.size() == 0);
  CHECK(table.longest_search() == 1);
}

TEST_CASE("a full table still answers within a few cache lines") {
  Table table{87'000};  // the most a power of two of buckets is made to carry: 66 % of the slots
  for (std::uint32_t i = 0; i < table.capacity(); ++i) REQUIRE(insert(table, i) != nullptr);
  CHECK(table.longest_search() <= 24);
}

TEST_CASE("memory is what the capacity asks for") {
  Table table{1'000'000};
  const std::size_t flows = std::size_t{1'000'000} * sizeof(TestFlow);
  CHECK(table.bytes() > flows);
  CHECK(table.bytes() <= flows + 24'000'000);
}

}  // namespace
}  // namespace gimbal
