#include "probe/size_model.h"

#include <algorithm>
#include <vector>

#include "support/catch.h"

using gimbal::Rng;
using gimbal::probe::SizeModel;

namespace {

std::vector<std::uint64_t> draws(const char* text) {
  const auto model = SizeModel::parse(text);
  REQUIRE(model);
  Rng rng{5};
  std::vector<std::uint64_t> sizes(100'000);
  for (auto& size : sizes) size = model.value().draw(rng);
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

}  // namespace

TEST_CASE("a fixed size is itself, with its suffix") {
  CHECK(draws("4000").front() == 4000);
  CHECK(draws("64k").back() == 64'000);
  CHECK(draws("1.5M").back() == 1'500'000);
  CHECK(draws("0").back() == 0);
}

TEST_CASE("drawn sizes have the figures they are named by") {
  const auto uniform = draws("uniform:100-200");
  CHECK(uniform.front() == 100);
  CHECK(uniform.back() == 200);
  CHECK(static_cast<double>(uniform[50'000]) == Approx(150).margin(2));
  const auto lognormal = draws("lognormal:1530,196k");
  CHECK(static_cast<double>(lognormal[50'000]) == Approx(1530).epsilon(0.05));
  CHECK(static_cast<double>(lognormal[99'000]) == Approx(196'000).epsilon(0.1));
  CHECK(lognormal.back() <= SizeModel::kMaxDrawn);
  CHECK(lognormal.front() >= 1);
  const auto exponential = draws("exponential:1000");
  CHECK(static_cast<double>(exponential[50'000]) == Approx(693).epsilon(0.03));
}

TEST_CASE("what is no size is refused with the forms there are") {
  for (const char* text : {"", "x", "-5", "10q", "uniform:5", "uniform:9-5", "lognormal:10",
                           "lognormal:0,10", "normal:5", "5:", "nan", "1e99", "exponential:"}) {
    const auto model = SizeModel::parse(text);
    INFO(text);
    REQUIRE_FALSE(model);
    CHECK(model.error().message().find("lognormal:MEDIAN,P99") != std::string::npos);
  }
}
