#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

constexpr Seq32 server_byte(std::uint32_t offset) { return Seq32{Scene::kServer + 1 + offset}; }

struct CustodyScene : Scene {
  explicit CustodyScene(Custody custody = Custody::always, WorkerOptions options = small())
      : Scene{options, Mode::repair, custody} {
    handshake();
  }
  void send_many(std::uint32_t from, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) send(from + i * 1000);
  }
  [[nodiscard]] Seq32 shown() const { return to_server.empty() ? Seq32{} : to_server.back().ack; }
  void set_policy(Mode mode, Custody custody) {
    next_policy.generation = policy.generation + 1 + switched++;
    next_policy.fallback.mode = mode;
    next_policy.fallback.custody = custody;
    if (mode == Mode::bypass) next_policy.ceiling = Mode::bypass;
    worker.shared().policy.store(&next_policy);
  }
  Policy next_policy;
  std::uint64_t switched{0};
};

}  // namespace

TEST_CASE("data is acknowledged as it comes, all but the newest segment", "[custody]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  REQUIRE_FALSE(scene.to_server.empty());
  CHECK(scene.shown() > server_byte(4800));
  CHECK(scene.shown() <= server_byte(5000));
  CHECK(scene.to_server.back().options.ts_echo == 101);
  CHECK(scene.to_server.back().options.ts_value == 2);
  CHECK(scene.count(Counter::custody_flows) == 1);
  SECTION("and the receiver's own acknowledgment shows the end") {
    scene.wait(Nanos::millis(40));
    scene.clear();
    scene.from_client(scene.acked(6000));
    CHECK(scene.shown() == server_byte(6000));
    CHECK(scene.count(Counter::custody_flows) == 0);
    CHECK(scene.io.pool().in_use() == 0);
    CHECK(scene.fates() == scene.received());
  }
}

TEST_CASE("without custody nothing is acknowledged early", "[custody]") {
  CustodyScene scene{Custody::never};
  scene.send_many(0, 6);
  CHECK(scene.to_server.empty());
}

TEST_CASE("a mid-stream or untouchable flow is never taken into custody", "[custody]") {
  Scene scene{Scene::small(), Mode::repair, Custody::always};
  for (std::uint32_t i = 0; i < 6; ++i) scene.send(i * 1000);
  CHECK(scene.to_server.empty());
}

TEST_CASE("a byte that we answer for is resent until its receiver has it", "[custody]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  scene.clear();
  scene.wait(Nanos::seconds(30));
  // Far beyond three tries, with a growing pause.
  CHECK(scene.to_client.size() >= 6);
  CHECK(scene.to_client.size() < 40);
  CHECK(std::any_of(scene.to_client.begin(), scene.to_client.end(),
                    [](const Segment& s) { return s.seq == server_byte(0); }));
  scene.clear();
  scene.from_client(scene.acked(6000));
  CHECK(scene.count(Counter::custody_flows) == 0);
  CHECK(scene.count(Counter::custody_resets) == 0);
}

TEST_CASE("while the far leg is dark and the window shut, the sender's timer is kept from firing",
          "[custody][outage]") {
  CustodyScene scene;
  scene.send_many(0, 64);  // As far as the receiver lets it: nothing more would come.
  Seq32 shown = scene.shown();
  const Seq32 before = shown;
  for (int i = 0; i < 6; ++i) {
    scene.clear();
    scene.wait(Nanos::millis(130));
    REQUIRE_FALSE(scene.to_server.empty());
    CHECK(scene.shown() > shown);
    shown = scene.shown();
  }
  CHECK(shown - before >= 4000);
  scene.wait(Nanos::seconds(20));
  CHECK(scene.shown() <= server_byte(63'000));
}

TEST_CASE("a receiver that has gone for good ends the connection at both ends", "[custody]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  scene.clear();
  for (int i = 0; i < 1000 && scene.count(Counter::custody_resets) == 0; ++i) {
    scene.now = scene.now + Nanos::seconds(1);
    scene.turn();
  }
  CHECK(scene.count(Counter::custody_resets) == 1);
  REQUIRE_FALSE(scene.to_server.empty());
  CHECK(scene.to_server.back().flags.rst);
  CHECK(scene.to_server.back().seq == Seq32{Scene::kClient + 1});
  CHECK(scene.to_client.back().flags.rst);
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("a reset from the receiver reaches the sender and ends custody", "[custody]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  scene.clear();
  scene.from_client(rst_ack(Scene::kClient + 1, Scene::kServer + 1).ts(3, 101));
  REQUIRE(scene.to_server.size() == 1);
  CHECK(scene.to_server[0].flags.rst);
  CHECK(scene.count(Counter::custody_flows) == 0);
  CHECK(scene.count(Counter::custody_resets) == 0);
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("a FIN is acknowledged by its receiver alone", "[custody][fin]") {
  CustodyScene scene;
  scene.send_many(0, 3);
  scene.from_server(Scene::reply(fin(Scene::kServer + 1 + 3000, Scene::kClient + 1)).ts(102, 2));
  for (const Segment& shown : scene.to_server) CHECK(shown.ack <= server_byte(2000));
  scene.wait(Nanos::millis(40));
  scene.clear();
  scene.from_client(scene.acked(3001));
  CHECK(scene.shown() == server_byte(3001));
}

TEST_CASE("after a policy change custody runs out, and the receiver's word counts again",
          "[custody][policy]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  SECTION("to never") { scene.set_policy(Mode::repair, Custody::never); }
  SECTION("to observe") { scene.set_policy(Mode::observe, Custody::never); }
  SECTION("to bypass") { scene.set_policy(Mode::bypass, Custody::never); }
  scene.turn();
  const Seq32 promised = scene.shown();
  scene.clear();
  scene.send_many(6000, 4);
  for (const Segment& shown : scene.to_server) CHECK(shown.ack <= promised);
  CHECK(scene.count(Counter::custody_flows) == 1);
  // What is promised is delivered although the first copies were lost.
  scene.wait(Nanos::millis(200));
  CHECK(std::count_if(scene.to_client.begin(), scene.to_client.end(),
                      [](const Segment& s) { return s.seq < server_byte(6000); }) > 0);
  scene.clear();
  scene.from_client(scene.acked(8000));
  scene.turn();
  CHECK(scene.count(Counter::custody_flows) == 0);
  CHECK(scene.shown() == server_byte(8000));
  scene.clear();
  scene.send_many(10'000, 4);
  CHECK(scene.to_server.empty());
  CHECK(scene.count(Counter::custody_resets) == 0);
}

TEST_CASE("when-unsteady answers early only once the path has shown itself unsteady",
          "[custody][unsteady]") {
  CustodyScene scene{Custody::when_unsteady};
  scene.send_many(0, 10);
  CHECK(scene.to_server.empty());
}

TEST_CASE("a worker that stops delivers what it answers for, or resets", "[custody][drain]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  scene.clear();
  scene.worker.begin_drain(scene.now);
  CHECK_FALSE(scene.worker.drained());
  SECTION("the receiver has it in time") {
    scene.wait(Nanos::millis(40));
    scene.from_client(scene.acked(5000));
    CHECK(scene.worker.drained());
    scene.worker.drain(scene.now);
    CHECK(scene.count(Counter::custody_resets) == 0);
  }
  SECTION("the receiver is silent") {
    scene.wait(Nanos::millis(1200));
    scene.worker.drain(scene.now);
    scene.collect(PortId::lan, scene.to_server);
    CHECK(scene.count(Counter::custody_resets) == 1);
    CHECK(scene.to_server.back().flags.rst);
  }
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("with the cache nearly full custody gives way to the end-to-end rule",
          "[custody][memory]") {
  WorkerOptions tiny = Scene::small();
  tiny.packets = 32;
  CustodyScene scene{Custody::always, tiny};
  scene.send_many(0, 20);
  const Seq32 promised = scene.shown();
  CHECK(promised < server_byte(16'000));
  scene.wait(Nanos::millis(40));
  scene.clear();
  scene.from_client(scene.acked(20'000));
  CHECK(scene.shown() == server_byte(20'000));
  CHECK(scene.count(Counter::custody_flows) == 0);
}

TEST_CASE("data of the receiver goes on with what was promised, not with its older number",
          "[custody][piggyback]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  const Seq32 promised = scene.shown();
  scene.clear();
  scene.from_client(
      data(Scene::kClient + 1, 100, Scene::kServer + 1 + 1000).window(500).ts(3, 101));
  REQUIRE_FALSE(scene.to_server.empty());
  const Segment& shown = scene.to_server.front();
  CHECK(shown.payload_length == 100);
  CHECK(shown.ack >= promised);
  CHECK(shown.options.ts_value == 3);
  CHECK(shown.options.sack_count == 0);
}

TEST_CASE("a window probe of a sender in custody is answered at once", "[custody][window]") {
  CustodyScene scene;
  scene.send_many(0, 6);
  const Seq32 promised = scene.shown();
  scene.clear();
  scene.from_server(Scene::reply(ack((promised - 1).raw(), Scene::kClient + 1)).ts(105, 2));
  REQUIRE_FALSE(scene.to_server.empty());
  CHECK(scene.shown() == promised);
}

TEST_CASE("into a window that shuts the last acknowledgments are dripped", "[custody][stock]") {
  Scene scene{Scene::small(), Mode::repair, Custody::always};
  SECTION("one at a time") {
    scene.handshake();
    for (std::uint32_t i = 0; i < 64; ++i) scene.send(i * 1000);
    // Rounded down to the window's scale, so that the right edge shown is exact.
    CHECK(scene.to_server.back().ack <= server_byte(55'000));
    CHECK(scene.to_server.back().ack + 128 > server_byte(55'000));
    CHECK(scene.count(Counter::acks_dripped) == 0);
    scene.wait(Nanos::millis(400));
    CHECK(scene.count(Counter::acks_dripped) == 3);
    CHECK(scene.to_server.back().ack <= server_byte(58'000));
    CHECK(scene.to_server.back().ack + 128 > server_byte(58'000));
  }
  SECTION("unless the stock is switched off") {
    scene.policy.fallback.actuators.remove(Actuator::ack_stock);
    scene.handshake();
    for (std::uint32_t i = 0; i < 64; ++i) scene.send(i * 1000);
    scene.wait(Nanos::millis(400));
    CHECK(scene.to_server.back().ack > server_byte(62'000));
    CHECK(scene.count(Counter::acks_dripped) == 0);
  }
}
