#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// A steady transfer of 200 segments from `first` on, each answered 40 ms later, then a rest.
void transfer(Scene& scene, std::uint32_t first) {
  for (std::uint32_t i = 0; i < 220; ++i) {
    if (i < 200) scene.send((first + i) * 1000);
    scene.wait(Nanos::millis(2));
    if (i >= 20) scene.from_client(scene.acked((first + i - 19) * 1000));
  }
}

}  // namespace

TEST_CASE("a half-flow begins with what its far prefix has taught, for some minutes", "[prior]") {
  Scene scene;
  scene.handshake();
  transfer(scene, 0);
  CHECK(scene.count(Counter::priors_used) == 0);
  // At rest the engine goes back to the pool; what it learned stays.
  scene.wait(Nanos::seconds(3));
  transfer(scene, 200);
  CHECK(scene.count(Counter::priors_used) == 1);
  scene.wait(Nanos::seconds(3));
  SECTION("and without, once it is old") {
    scene.now = scene.now + Nanos::seconds(900);
    transfer(scene, 400);
    CHECK(scene.count(Counter::priors_used) == 1);
  }
  SECTION("and again while it is fresh") {
    transfer(scene, 400);
    CHECK(scene.count(Counter::priors_used) == 2);
  }
  CHECK(scene.count(Counter::priors_evicted) == 0);
}
