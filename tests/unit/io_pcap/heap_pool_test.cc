#include "io_pcap/heap_pool.h"

#include "support/catch.h"

namespace gimbal {
namespace {

TEST_CASE("a pool lends each buffer once and refuses when it is spent") {
  HeapPool pool{2, 100};
  const auto first = pool.allocate(60);
  const auto second = pool.allocate(100);
  REQUIRE((first && second));
  CHECK(first->data != second->data);
  CHECK(first->length == 60);
  CHECK_FALSE(pool.allocate(1));
  CHECK(pool.in_use() == 2);
}

TEST_CASE("a buffer returns to the pool with its last reference") {
  HeapPool pool{1, 100};
  const auto packet = pool.allocate(10);
  REQUIRE(packet);
  pool.retain(*packet);
  CHECK(pool.references(*packet) == 2);
  pool.release(*packet);
  CHECK_FALSE(pool.allocate(10));
  pool.release(*packet);
  CHECK(pool.in_use() == 0);
  CHECK(pool.allocate(10));
}

TEST_CASE("a length beyond the capacity is refused and costs no buffer") {
  HeapPool pool{1, 100};
  CHECK_FALSE(pool.allocate(101));
  CHECK(pool.in_use() == 0);
}

}  // namespace
}  // namespace gimbal
