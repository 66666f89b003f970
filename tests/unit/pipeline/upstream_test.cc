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

/// A handshake whose answer takes 20 ms on the sender's leg, so that its round trip is known.
void shake_hands(Scene& scene, bool sack = true, bool timestamps = true) {
  SegmentBuilder opening = syn(Scene::kClient).mss(1460).scale(7);
  SegmentBuilder answer = syn_ack(Scene::kServer, Scene::kClient + 1).mss(1460).scale(7);
  if (sack) opening.sack_ok(), answer.sack_ok();
  if (timestamps) opening.ts(1, 0), answer.ts(100, 1);
  scene.from_client(opening);
  scene.wait(Nanos::millis(20));
  scene.from_server(Scene::reply(answer));
  scene.wait(Nanos::millis(1));
  SegmentBuilder last = ack(Scene::kClient + 1, Scene::kServer + 1).window(500);
  if (timestamps) last.ts(2, 100);
  scene.from_client(last);
  scene.clear();
}

/// 1000..2000 is missing, its retransmission came 45 ms later.
void lose_and_resend(Scene& scene) {
  come(scene, 0, 121);
  come(scene, 2000, 122);
  come(scene, 3000, 122);
  scene.from_client(scene.acked(1000).sack({Scene::bytes(2000, 4000)}));
  scene.wait(Nanos::millis(45));
  come(scene, 1000, 167);
  scene.clear();
}

SegmentBuilder answer(std::uint32_t offset, std::uint32_t echo) {
  return ack(Scene::kClient + 1, Scene::kServer + 1 + offset).window(500).ts(60, echo);
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

TEST_CASE("a sender hears of its window while its data waits for order", "[upstream]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 3000, 110);
  scene.from_client(scene.acked(4000).window(5000));
  REQUIRE(scene.to_server.size() == 1);
  const std::uint16_t steered = scene.to_server[0].window;
  CHECK(steered < 5000);
  CHECK(scene.count(Counter::near_control_started) == 1);
  scene.clear();
  const auto passed = scene.to_client.size();
  for (std::uint32_t i = 1; i <= 60; ++i) come(scene, 4000 + i * 1000, 111);
  CHECK(scene.to_server.empty());  // An acknowledgment went only just.
  scene.wait(Nanos::millis(2));
  come(scene, 65'000, 112);
  CHECK(scene.to_client.size() == passed);
  REQUIRE(scene.to_server.size() == 1);
  CHECK(scene.to_server[0].is_pure_ack());
  CHECK(scene.to_server[0].ack == Seq32{Scene::kServer + 1 + 4000});
  CHECK(scene.to_server[0].window > steered);
  CHECK(scene.to_server[0].window < 5000);
  CHECK(scene.count(Counter::window_updates) == 1);
  scene.wait(Nanos::millis(2));
  scene.clear();
  come(scene, 66'000, 112);  // Too little news to say it again.
  CHECK(scene.to_server.empty());
}

TEST_CASE("the ACK that reports a copy into a hole carries a D-SACK and an original's echo",
          "[upstream][undo]") {
  Scene scene;
  shake_hands(scene);
  lose_and_resend(scene);
  scene.from_client(answer(4000, 167));
  REQUIRE(scene.to_server.size() == 1);
  const Segment& shown = scene.to_server[0];
  CHECK(shown.ack == Seq32{Scene::kServer + 1 + 4000});
  REQUIRE(shown.options.sack_count == 1);
  CHECK(shown.options.sack[0] == Scene::bytes(1000, 2000));
  CHECK(shown.options.ts_value == 60);
  CHECK(shown.options.ts_echo == 122);
  CHECK(scene.count(Counter::undo_injected) == 1);
  scene.clear();
  scene.from_client(answer(4000, 167));
  CHECK(scene.to_server.at(0).options.sack_count == 0);  // Once for each copy.
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.fates() == scene.received());
}

TEST_CASE("what ran over while the leg was dark is not undone", "[upstream][undo]") {
  Scene scene;
  shake_hands(scene);
  come(scene, 0, 121);
  scene.from_client(answer(1000, 121));
  scene.wait(Nanos::millis(300));
  // Fourteen segments did not fit into the queue.
  come(scene, 15'000, 122);
  scene.from_client(answer(1000, 121).sack({Scene::bytes(15'000, 16'000)}));
  scene.wait(Nanos::millis(45));
  come(scene, 1000, 467);
  scene.clear();
  scene.from_client(answer(2000, 467).sack({Scene::bytes(15'000, 16'000)}));
  REQUIRE(scene.to_server.size() == 1);
  CHECK(scene.to_server[0].options.sack_count == 1);
  CHECK(scene.to_server[0].options.ts_echo == 467);
  CHECK(scene.count(Counter::undo_injected) == 0);
  CHECK(scene.count(Counter::undo_refused) == 1);
}

TEST_CASE("one ACK that reports two copies goes twice, each time with one of them",
          "[upstream][undo]") {
  Scene scene;
  shake_hands(scene);
  come(scene, 0, 121);
  come(scene, 2000, 122);
  come(scene, 4000, 122);
  scene.wait(Nanos::millis(45));
  come(scene, 1000, 167);
  come(scene, 3000, 167);
  scene.clear();
  scene.from_client(answer(5000, 167));
  REQUIRE(scene.to_server.size() == 2);
  CHECK(scene.to_server[0].options.sack[0] == Scene::bytes(1000, 2000));
  CHECK(scene.to_server[1].options.sack[0] == Scene::bytes(3000, 4000));
  CHECK(scene.to_server[1].ack == scene.to_server[0].ack);
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("a copy above another hole is answered inside the block that reports it",
          "[upstream][undo]") {
  Scene scene;
  shake_hands(scene);
  come(scene, 0, 121);
  come(scene, 2000, 122);
  come(scene, 4000, 122);
  scene.wait(Nanos::millis(45));
  come(scene, 3000, 167);
  scene.clear();
  scene.from_client(answer(1000, 121).sack({Scene::bytes(2000, 5000)}));
  REQUIRE(scene.to_server.size() == 1);
  REQUIRE(scene.to_server[0].options.sack_count == 2);
  CHECK(scene.to_server[0].options.sack[0] == Scene::bytes(3000, 4000));
  CHECK(scene.to_server[0].options.sack[1] == Scene::bytes(2000, 5000));
}

TEST_CASE(
    "nothing is injected for peers without SACK, under a congestion mark, or when told not to",
    "[upstream][undo]") {
  Scene scene;
  SECTION("no SACK") {
    shake_hands(scene, false);
    lose_and_resend(scene);
  }
  SECTION("a mark") {
    shake_hands(scene);
    come(scene, 0, 121);
    come(scene, 2000, 122);
    scene.from_server(
        Scene::reply(data(Scene::kServer + 1 + 3000, 1000, Scene::kClient + 1)).ts(122, 2).ce());
    scene.wait(Nanos::millis(45));
    come(scene, 1000, 167);
    scene.clear();
    CHECK(scene.count(Counter::undo_refused) == 1);
  }
  SECTION("switched off") {
    scene.policy.fallback.actuators.remove(Actuator::undo_injection);
    shake_hands(scene);
    lose_and_resend(scene);
  }
  scene.from_client(answer(4000, 122));
  REQUIRE(scene.to_server.size() == 1);
  CHECK(scene.to_server[0].options.sack_count == 0);
  CHECK(scene.count(Counter::undo_injected) == 0);
}

TEST_CASE("without timestamps a late original is told from a copy by the round trip",
          "[upstream]") {
  Scene scene;
  shake_hands(scene, true, false);
  const auto bare = [&](std::uint32_t offset) {
    scene.from_server(Scene::reply(data(Scene::kServer + 1 + offset, 1000, Scene::kClient + 1)));
  };
  bare(0);
  bare(2000);
  scene.wait(Nanos::millis(4));
  bare(1000);  // Too soon for a copy: from now on disorder is waited for.
  scene.clear();
  bare(4000);
  CHECK(scene.to_client.empty());
  bare(3000);
  CHECK(offsets(scene) == std::vector<std::uint32_t>{3000, 4000});
}

TEST_CASE("a copy that fills the gap takes what waits along, ahead of itself", "[upstream][paws]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  come(scene, 5000, 111);
  come(scene, 3000, 150);
  CHECK(offsets(scene) == std::vector<std::uint32_t>{4000, 5000, 3000});
}

TEST_CASE("FIN, RST and urgent data wait for nothing and leave nothing behind", "[upstream]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  REQUIRE(scene.to_client.empty());
  SECTION("FIN") {
    scene.from_server(Scene::reply(fin(Scene::kServer + 1 + 6000, Scene::kClient + 1)).ts(112, 2));
  }
  SECTION("RST") {
    scene.from_server(Scene::reply(rst_ack(Scene::kServer + 1 + 5000, Scene::kClient + 1)));
  }
  SECTION("URG") {
    Segment urgent =
        Scene::reply(data(Scene::kServer + 1 + 6000, 10, Scene::kClient + 1)).ts(112, 2);
    urgent.flags.urg = true;
    scene.from_server(SegmentBuilder{urgent});
  }
  REQUIRE(scene.to_client.size() == 2);
  CHECK(offsets(scene)[0] == 4000);
  scene.worker.drain(scene.now);
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.fates() == scene.received());
}

TEST_CASE("spent packet memory ends the wait, in order, and loses nothing", "[upstream][memory]") {
  WorkerOptions tiny = Scene::small();
  tiny.packets = 32;
  Scene scene{tiny};
  teach_lateness(scene);
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 4; i < 24; ++i) {
    come(scene, i * 1000, 111);
    expected.push_back(i * 1000);
  }
  CHECK(scene.count(Counter::resequencing_refused) > 0);
  scene.wait(Nanos::millis(20));
  CHECK(offsets(scene) == expected);
  scene.worker.drain(scene.now);
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("flows from the middle, and flows told so, keep their disorder", "[upstream]") {
  Scene scene;
  SECTION("from the middle") {
    come(scene, 0, 101);
    come(scene, 2000, 103);
    come(scene, 1000, 102);
  }
  SECTION("switched off") {
    scene.policy.fallback.actuators.remove(Actuator::resequencing);
    teach_lateness(scene);
  }
  scene.clear();
  come(scene, 4000, 111);
  CHECK(offsets(scene) == std::vector<std::uint32_t>{4000});
}

TEST_CASE("a keepalive passes beside data that waits", "[upstream]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  scene.from_server(Scene::reply(ack(Scene::kServer + 3000, Scene::kClient + 1)).ts(111, 2));
  REQUIRE(scene.to_client.size() == 1);
  CHECK(scene.to_client[0].payload_length == 0);
}

TEST_CASE("a policy that ends repair lets disordered data go at once", "[upstream][policy]") {
  Scene scene;
  teach_lateness(scene);
  come(scene, 4000, 111);
  Policy observe = scene.policy;
  observe.generation = 2;
  observe.fallback.mode = Mode::observe;
  scene.worker.shared().policy.store(&observe);
  scene.turn();
  CHECK(offsets(scene) == std::vector<std::uint32_t>{4000});
  CHECK(scene.io.pool().in_use() == 0);
}
