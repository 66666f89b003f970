#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// The client side's data as the server's scene sees it: an upload would change the cables only.
/// `ts` is the sender's clock in milliseconds.
void come(Scene& scene, std::uint32_t offset, std::uint32_t ts, std::uint32_t length = 1000) {
  scene.from_server(
      Scene::reply(data(Scene::kServer + 1 + offset, length, Scene::kClient + 1)).ts(ts, 2));
}

std::vector<std::uint32_t> offsets(const Scene& scene) {
  std::vector<std::uint32_t> out;
  for (const Segment& segment : scene.to_client)
    out.push_back(static_cast<std::uint32_t>(segment.seq - Seq32{Scene::kServer + 1}));
  return out;
}

/// An original that came 4 ms late: from now on disorder is waited for.
void teach_lateness(Scene& scene) {
  scene.handshake();
  come(scene, 0, 101);
  come(scene, 2000, 103);
  scene.wait(Nanos::millis(4));
  come(scene, 1000, 102);
  scene.from_client(scene.acked(3000));
  scene.clear();
}

}  // namespace

TEST_CASE("data that overtook a late original waits for it and leaves in order", "[upstream]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  come(scene, 5000, 111);
  CHECK(scene.to_client.empty());
  come(scene, 3000, 110);
  CHECK(offsets(scene) == std::vector<std::uint32_t>{3000, 4000, 5000});
  CHECK(scene.count(Fate::pass_resequenced) == 2);
  scene.from_client(scene.acked(6000));
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.fates() == scene.received());
}

TEST_CASE("a gap is given up when nothing came as late before", "[upstream][cap]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  scene.wait(Nanos::millis(7));
  CHECK(scene.to_client.empty());
  scene.wait(Nanos::millis(2));
  CHECK(offsets(scene) == std::vector<std::uint32_t>{4000});
  CHECK(scene.count(Counter::resequencing_given_up) == 1);
}
