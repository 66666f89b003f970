#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// Ten segments out, answered after `rtt` except number `missing`.
void lose_one(Scene& scene, std::uint32_t missing, Nanos rtt = Nanos::millis(40)) {
  for (std::uint32_t i = 0; i < 10; ++i) scene.send(i * 1000);
  scene.wait(rtt);
  scene.clear();
  for (std::uint32_t i = 0; i < missing; ++i) scene.from_client(scene.acked((i + 1) * 1000));
  for (std::uint32_t i = missing + 1; i < 10; ++i)
    scene.from_client(
        scene.acked(missing * 1000).sack({Scene::bytes((missing + 1) * 1000, (i + 1) * 1000)}));
}

}  // namespace

TEST_CASE("a stray loss is resent from the cache and the sender never hears of it", "[repair]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.wait(Nanos::millis(15));
  REQUIRE(scene.to_client.size() == 1);
  CHECK(scene.to_client[0].seq == Seq32{Scene::kServer + 1 + 3000});
  CHECK(scene.to_client[0].payload_length == 1000);
  for (const Segment& segment : scene.to_server) CHECK(segment.options.sack_count == 0);
  CHECK(scene.count(Counter::acks_withheld) > 0);
  SECTION("and the ACK that fills the hole goes through") {
    scene.wait(Nanos::millis(30));
    scene.clear();
    scene.from_client(scene.acked(10'000));
    REQUIRE(scene.to_server.size() == 1);
    CHECK(scene.to_server[0].ack == Seq32{Scene::kServer + 1 + 10'000});
    CHECK(scene.io.pool().in_use() == 0);
    CHECK(scene.fates() == scene.received());
  }
}

TEST_CASE("a copy whose loss would reach the sender's timer leaves twice", "[repair][twin]") {
  Scene scene;
  scene.handshake(Nanos::millis(150));
  lose_one(scene, 3, Nanos::millis(150));
  scene.wait(Nanos::millis(15));
  REQUIRE(scene.to_client.size() == 2);
  CHECK(scene.to_client[0].seq == scene.to_client[1].seq);
  CHECK(scene.count(Counter::local_retransmissions) == 1);
  CHECK(scene.count(Counter::local_retransmissions_doubled) == 1);
  scene.wait(Nanos::millis(140));
  scene.from_client(scene.acked(10'000));
  scene.from_client(scene.acked(10'000).sack({Scene::bytes(3000, 4000)}));
  SECTION("one of the two was bound to be needless") {
    CHECK(scene.count(Counter::local_retransmissions_spurious) == 0);
  }
  SECTION("both needless: the original had only been late") {
    scene.from_client(scene.acked(10'000).sack({Scene::bytes(3000, 4000)}));
    CHECK(scene.count(Counter::local_retransmissions_spurious) == 1);
  }
}

TEST_CASE("a hole whose mending takes too long is shown before the sender's timer runs out",
          "[repair][budget]") {
  Scene scene;
  scene.handshake();
  for (std::uint32_t i = 0; i < 30; ++i) scene.send(i * 1000);
  scene.wait(Nanos::millis(40));
  scene.from_client(scene.acked(3000));
  scene.from_client(scene.acked(3000).sack({Scene::bytes(4000, 10'000)}));
  // The far leg goes on delivering what was sent before our copy: only this hole does not fill.
  for (std::uint32_t i = 11; i <= 30; ++i) {
    scene.wait(Nanos::millis(20));
    scene.from_client(scene.acked(3000).sack({Scene::bytes(4000, i * 1000)}));
  }
  CHECK(scene.count(Counter::hold_budget_expired) == 1);
  REQUIRE_FALSE(scene.to_server.empty());
  const Segment& shown = scene.to_server.back();
  CHECK(shown.options.sack_count == 1);
  CHECK(shown.ack == Seq32{Scene::kServer + 1 + 3000});
}

TEST_CASE("while nothing at all comes back, no hole is shown: its sender would repeat all of them",
          "[repair][outage]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.wait(Nanos::millis(900));
  CHECK(scene.count(Counter::hold_budget_expired) == 0);
  SECTION("but not for ever") {
    scene.wait(Nanos::millis(1500));
    CHECK(scene.count(Counter::hold_budget_expired) == 1);
    CHECK(scene.to_server.back().options.sack_count == 1);
  }
}

TEST_CASE("a sender that probes into a silence is told that its copy was needless",
          "[repair][outage]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.wait(Nanos::millis(100));
  scene.send(9000);  // Its tail probe (RFC 8985 7): taken for lost, it would cost a reduction.
  scene.wait(Nanos::millis(100));
  scene.clear();
  scene.from_client(scene.acked(10'000));
  REQUIRE(scene.to_server.size() == 1);
  REQUIRE(scene.to_server[0].options.sack_count == 1);
  CHECK(scene.to_server[0].options.sack[0] == Scene::bytes(9000, 10'000));
  CHECK(scene.to_server[0].ack == Seq32{Scene::kServer + 1 + 10'000});
  CHECK(scene.count(Counter::undo_injected) == 1);
  CHECK(scene.fates() == scene.received());
}

TEST_CASE("who must not resend has no silence to mend: the hole is shown, the copy not answered",
          "[repair][outage]") {
  Scene scene;
  scene.policy.fallback.actuators.remove(Actuator::local_retransmission);
  scene.handshake();
  lose_one(scene, 3);
  scene.wait(Nanos::millis(400));
  CHECK(scene.count(Counter::hold_budget_expired) == 1);
  scene.send(9000);
  scene.from_client(scene.acked(10'000));
  CHECK(scene.count(Counter::undo_injected) == 0);
}

TEST_CASE("a sender that repeats what a full queue dropped hears nothing of the kind",
          "[repair][congestion]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  for (std::uint32_t i = 10; i < 14; ++i) {  // Others are delivered meanwhile.
    scene.send(i * 1000);
    scene.wait(Nanos::millis(10));
    scene.from_client(scene.acked(3000).sack({Scene::bytes(4000, (i + 1) * 1000)}));
  }
  scene.send(3000);
  scene.wait(Nanos::millis(10));
  scene.from_client(scene.acked(14'000));
  CHECK(scene.count(Counter::undo_injected) == 0);
}

TEST_CASE("a lost last segment is probed for after about two round trips", "[repair][tail]") {
  Scene scene;
  scene.handshake();
  for (std::uint32_t i = 0; i < 3; ++i) scene.send(i * 1000);
  scene.wait(Nanos::millis(40));
  scene.from_client(scene.acked(2000));
  scene.clear();
  scene.wait(Nanos::millis(200));
  REQUIRE_FALSE(scene.to_client.empty());
  CHECK(scene.to_client[0].seq == Seq32{Scene::kServer + 1 + 2000});
  CHECK(scene.count(Counter::tail_probes) >= 1);
  CHECK(scene.count(Counter::tail_probes) <= 3);
}

TEST_CASE("a hole we have no copy of is the sender's to mend: nothing is withheld", "[repair]") {
  Scene scene;
  scene.handshake();
  scene.send(0);
  scene.send(2000);  // 1000..2000 was lost before it reached us.
  scene.send(3000);
  scene.wait(Nanos::millis(40));
  scene.clear();
  scene.from_client(scene.acked(1000));
  scene.from_client(scene.acked(1000).sack({Scene::bytes(2000, 3000)}));
  scene.from_client(scene.acked(1000).sack({Scene::bytes(2000, 4000)}));
  REQUIRE(scene.to_server.size() == 3);
  CHECK(scene.to_server[1].options.sack_count == 1);
  CHECK(scene.to_server[2].options.sack_count == 1);
}

TEST_CASE("a loss under a raised floor is shown: congestion is the sender's business",
          "[repair][congestion]") {
  Scene scene;
  scene.handshake();
  std::uint32_t offset = 0;
  // Rounds of 20 segments; the round trip grows from 40 to 100 ms: a queue.
  for (int round = 0; round < 12; ++round) {
    for (std::uint32_t i = 0; i < 20; ++i) {
      scene.send(offset + i * 1000);
      scene.wait(Nanos::millis(1));
    }
    scene.wait(Nanos::millis(20 + 5 * round));
    for (std::uint32_t i = 0; i < 20; ++i) {
      scene.from_client(scene.acked(offset + (i + 1) * 1000));
      scene.wait(Nanos::millis(1));
    }
    offset += 20'000;
  }
  for (std::uint32_t i = 0; i < 10; ++i) scene.send(offset + i * 1000);
  scene.wait(Nanos::millis(100));
  scene.clear();
  for (std::uint32_t i = 1; i < 10; ++i)
    scene.from_client(
        scene.acked(offset).sack({Scene::bytes(offset + 1000, offset + (i + 1) * 1000)}));
  CHECK(scene.to_server.size() == 9);
  CHECK(scene.count(Counter::acks_withheld) == 0);
  CHECK(scene.count(Counter::repairs_started) == 0);
}

TEST_CASE("mode observe judges and changes nothing", "[policy]") {
  Scene scene{Scene::small(), Mode::observe};
  scene.handshake();
  lose_one(scene, 3);
  scene.wait(Nanos::millis(100));
  CHECK(scene.to_client.empty());
  CHECK(scene.to_server.size() == 9);
  CHECK(scene.to_server.back().options.sack_count == 1);
  CHECK(scene.count(Counter::holes_seen) == 1);
}

TEST_CASE("a policy that ends repair lets go of everything at once", "[policy]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  REQUIRE(scene.io.pool().in_use() > 0);
  Policy bypass = scene.policy;
  bypass.generation = 2;
  bypass.ceiling = Mode::bypass;
  scene.worker.shared().policy.store(&bypass);
  scene.turn();
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.worker.shared().policy_in_use.load() == 2);
  CHECK(scene.to_server.back().options.sack_count == 1);  // What was withheld is shown.
}

TEST_CASE("draining returns every packet and tells the sender what was withheld", "[stop]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.worker.drain(scene.now);
  scene.collect(PortId::lan, scene.to_server);
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.to_server.back().options.sack_count == 1);
  CHECK(scene.fates() == scene.received());
}

TEST_CASE("a reset passes behind the data before it and ends the flow's holds", "[control]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.clear();
  SegmentBuilder reset = rst_ack(Scene::kServer + 1 + 10'000, Scene::kClient + 1);
  scene.from_server(Scene::reply(reset));
  REQUIRE_FALSE(scene.to_client.empty());
  CHECK(scene.to_client.back().flags.rst);
  CHECK(scene.io.pool().in_use() == 0);
  CHECK(scene.count(Counter::flows_closed) == 1);
}

TEST_CASE("the sender's copy of a segment still waiting here is dropped, not sent ahead",
          "[repair][order]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  // Far more than the window may be in flight: the rest waits.
  for (std::uint32_t i = 10; i < 60; ++i) scene.send(i * 1000);
  scene.send(59'000);
  CHECK(scene.count(Fate::held_queued_copy) == 1);
}

TEST_CASE("a FIN leaves behind the data it follows, and with it urgent data leaves at once",
          "[repair][order]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.clear();
  for (std::uint32_t i = 10; i < 60; ++i) scene.send(i * 1000);
  const std::size_t before = scene.to_client.size();
  REQUIRE(before < 50);  // The rest waits.
  SECTION("FIN") {
    scene.from_server(Scene::reply(fin(Scene::kServer + 1 + 60'000, Scene::kClient + 1)));
    scene.wait(Nanos::millis(101));
    REQUIRE_FALSE(scene.to_client.empty());
    CHECK(scene.to_client.back().flags.fin);
  }
  SECTION("URG") {
    Segment urgent = Scene::reply(data(Scene::kServer + 1 + 60'000, 10, Scene::kClient + 1));
    urgent.flags.urg = true;
    scene.from_server(SegmentBuilder{urgent});
    REQUIRE(scene.to_client.size() >= 51);
    CHECK(scene.to_client.back().flags.urg);
  }
}

TEST_CASE("a keepalive is answered by its receiver, not held here", "[control]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.clear();
  scene.from_client(ack(Scene::kClient, Scene::kServer + 1 + 3000).window(500).ts(3, 101));
  CHECK(scene.to_server.size() == 1);
}

TEST_CASE("no data waits longer than the hold cap", "[repair][cap]") {
  Scene scene;
  scene.handshake();
  lose_one(scene, 3);
  scene.clear();
  for (std::uint32_t i = 10; i < 60; ++i) scene.send(i * 1000);
  scene.wait(Nanos::millis(101));
  std::size_t originals = 0;
  for (const Segment& segment : scene.to_client)
    if (segment.seq >= Seq32{Scene::kServer + 1 + 10'000}) ++originals;
  CHECK(originals >= 50);
  CHECK(scene.count(Counter::pace_cap_expired) > 0);
}
