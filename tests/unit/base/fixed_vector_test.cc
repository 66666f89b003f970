#include "base/fixed_vector.h"

#include <numeric>

#include "support/catch.h"

namespace gimbal {
namespace {

TEST_CASE("a full vector refuses a value and keeps what it has") {
  FixedVector<int, 3> values;
  CHECK(values.empty());
  for (int i = 1; i <= 3; ++i) CHECK(values.push(i));
  CHECK(values.full());
  CHECK_FALSE(values.push(4));
  CHECK(values.size() == 3);
  CHECK(std::accumulate(values.begin(), values.end(), 0) == 6);
}

TEST_CASE("a cleared vector shows nothing of what it held") {
  FixedVector<int, 2> values;
  values.push(7);
  values.clear();
  CHECK(values.empty());
  CHECK(values.view().empty());
  CHECK(values.begin() == values.end());
  CHECK(values.push(8));
  CHECK(values[0] == 8);
}

}  // namespace
}  // namespace gimbal
