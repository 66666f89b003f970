#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

TEST_CASE("a million idle flows fit in 1 GB", "[memory]") {
  // Bytes per flow are the same at any size; buckets round up to a power of two, so ask at the
  // configured million itself, without touching the memory.
  WorkerOptions options;
  options.flows = 1'000'000;
  options.packets = 1024;
  FakeIo io;
  Worker<FakeIo> worker{options, io};
  const WorkerMemory& memory = worker.memory();
  INFO("flows " << memory.flow_bytes << " engines " << memory.engine_bytes << " records "
                << memory.record_bytes << " flow " << sizeof(Flow) << " engine " << sizeof(Repair));
  CHECK(memory.total() < 1'000'000'000);
  CHECK(memory.flow_bytes / options.flows < 600);
}

TEST_CASE("the packet budget is three quarters of the pool", "[memory]") {
  FakeIo io;
  Worker<FakeIo> worker{Scene::small(), io};
  CHECK(worker.memory().cache_packets == 768);
}

TEST_CASE("a flow that is silent for long is forgotten, and its next packet starts another",
          "[expiry]") {
  Scene scene;
  scene.from_client(syn(1));
  REQUIRE(scene.count(Counter::flows_active) == 1);
  for (int second = 0; second < 31; ++second) {
    scene.now = scene.now + Nanos::seconds(1);
    scene.turn();
  }
  CHECK(scene.count(Counter::flows_active) == 0);
  CHECK(scene.count(Counter::flows_expired) == 1);
  scene.from_client(syn(1));
  CHECK(scene.count(Counter::flows_active) == 1);
}
