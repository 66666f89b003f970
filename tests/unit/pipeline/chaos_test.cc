#include "base/rng.h"
#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// One random segment of a download: mostly sensible, often late, doubled, overlapping or wild.
void throw_segment(Scene& scene, Rng& rng, std::uint32_t& sent) {
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(rng.next() % n); };
  switch (pick(12)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const std::uint32_t length = 1 + pick(1400);
      scene.send(sent, length);
      sent += length + (rng.chance(0.02) ? pick(3000) : 0);
      break;
    }
    case 4:
      scene.send(pick(sent + 1), 1 + pick(1400));
      break;
    case 5:
      scene.from_client(scene.acked(pick(sent + 1)));
      break;
    case 6:
    case 7: {
      const std::uint32_t una = pick(sent + 1);
      const std::uint32_t from = una + pick(20'000);
      const std::uint32_t more = from + 1 + pick(20'000);
      scene.from_client(scene.acked(una).sack({Scene::bytes(from, more)}));
      break;
    }
    case 8: {
      const std::uint32_t una = pick(sent + 1);
      scene.from_client(scene.acked(una).sack(
          {Scene::bytes(una - pick(2000), una), Scene::bytes(una + 500, una + 1500 + pick(9000))}));
      break;
    }
    case 9:
      scene.from_client(scene.acked(pick(sent + 1)).window(static_cast<std::uint16_t>(pick(600))));
      break;
    case 10:
      scene.wait(Nanos::micros(pick(20'000)));
      break;
    default:
      if (rng.chance(0.02)) scene.from_client(scene.acked(sent).ece());
      if (rng.chance(0.01))
        scene.from_server(Scene::reply(fin(Scene::kServer + 1 + sent, Scene::kClient + 1)));
      break;
  }
}

}  // namespace

TEST_CASE("whatever comes, every packet is accounted for and returned", "[chaos]") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Rng rng{seed};
    Scene scene{Scene::small(), seed % 3 == 0 ? Mode::observe : Mode::repair};
    scene.handshake();
    std::uint32_t sent = 0;
    for (int step = 0; step < 3000; ++step) {
      throw_segment(scene, rng, sent);
      scene.clear();
    }
    INFO("seed " << seed);
    scene.worker.drain(scene.now);
    CHECK(scene.io.pool().in_use() == 0);
    CHECK(scene.fates() == scene.received());
  }
}
