#include <set>

#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// One way to meet each fate. The list is complete by the last test of this file.
std::set<Fate> reached;

void expect(Scene& scene, Fate fate, std::uint64_t at_least = 1) {
  INFO(to_string(fate));
  CHECK(scene.count(fate) >= at_least);
  CHECK(scene.fates() <= scene.received());  // Held packets have none yet.
  reached.insert(fate);
}

std::vector<std::byte> raw(std::initializer_list<int> head, std::size_t length) {
  std::vector<std::byte> frame(length);
  std::size_t i = 12;
  for (const int value : head) frame[i++] = static_cast<std::byte>(value);
  return frame;
}

void put(Scene& scene, PortId port, const std::vector<std::byte>& frame) {
  scene.io.inject(port, frame);
  scene.worker.run_once(scene.now);
}

}  // namespace

TEST_CASE("frames that are not TCP pass by name", "[fate]") {
  Scene scene;
  put(scene, PortId::lan, raw({0x08, 0x06}, 60));
  expect(scene, Fate::pass_not_ip);
  put(scene, PortId::wan, raw({0x08, 0x00, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17}, 60));
  expect(scene, Fate::pass_not_tcp);
  put(scene, PortId::lan, raw({0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0x20, 0, 64, 6}, 60));
  expect(scene, Fate::pass_fragment);
  put(scene, PortId::lan, raw({0x08, 0x00, 0x46, 0, 0, 46, 0, 0, 0, 0, 64, 6}, 60));
  expect(scene, Fate::pass_ip_extension);
  put(scene, PortId::lan, raw({0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00}, 60));
  expect(scene, Fate::pass_vlan_stack);
  put(scene, PortId::lan, raw({0x08, 0x00, 0x45, 0, 0x7f, 0xff, 0, 0, 0, 0, 64, 6}, 60));
  expect(scene, Fate::pass_malformed);
  CHECK(scene.fates() == 6);
}

TEST_CASE("bypass keeps nothing and alters nothing", "[fate][bypass]") {
  Scene scene;
  Policy bypass;
  bypass.generation = 1;
  bypass.ceiling = Mode::bypass;
  scene.worker.shared().policy.store(&bypass);
  const auto frame = data(1, 100, 1).frame();
  put(scene, PortId::lan, frame);
  expect(scene, Fate::pass_bypass);
  CHECK(scene.io.taken(PortId::wan).at(0) == frame);
  CHECK(scene.count(Counter::flows_opened) == 0);
}

TEST_CASE("a damaged ACK moves nothing", "[fate]") {
  Scene scene;
  scene.handshake();
  auto frame = scene.acked(0).frame();
  frame[frame.size() - 1] ^= std::byte{1};
  put(scene, PortId::wan, frame);
  expect(scene, Fate::pass_bad_checksum);
}

TEST_CASE("a full table lets packets pass", "[fate]") {
  WorkerOptions tiny = Scene::small();
  tiny.flows = 2;
  Scene scene{tiny};
  for (std::uint16_t port = 1; port <= 4; ++port)
    scene.from_client(syn(1).from({client_v4().address, port}));
  expect(scene, Fate::pass_table_full, 3);  // Half the table at most for what proved nothing yet.
  CHECK(scene.to_server.size() == 4);
}

TEST_CASE("a flow seen from the middle is only watched", "[fate]") {
  Scene scene;
  scene.from_client(data(500, 100, 900));
  expect(scene, Fate::pass_midstream);
}

TEST_CASE("an MPTCP flow is never touched", "[fate]") {
  Scene scene;
  scene.from_client(syn(1).untouchable());
  scene.from_server(Scene::reply(syn_ack(50, 2).untouchable()));
  scene.from_client(ack(2, 51));
  scene.from_client(data(2, 100, 51));
  expect(scene, Fate::pass_untouchable);
}

TEST_CASE("a forged ACK far outside the window passes without effect", "[fate]") {
  Scene scene;
  scene.handshake();
  scene.from_client(ack(Scene::kClient + 1, Scene::kServer + 50'000'000).window(500).ts(3, 101));
  expect(scene, Fate::pass_out_of_window);
}

TEST_CASE("mode observe is a fate of its own", "[fate]") {
  Scene scene{Scene::small(), Mode::observe};
  scene.handshake();
  scene.send(0);
  expect(scene, Fate::pass_observed);
}

TEST_CASE("handshake and probes pass at once", "[fate]") {
  Scene scene;
  scene.handshake();
  expect(scene, Fate::pass_control, 2);
  scene.send(0);
  expect(scene, Fate::pass_tracked);
}

TEST_CASE("with the cache spent, data passes without a copy", "[fate]") {
  WorkerOptions tiny = Scene::small();
  tiny.packets = 8;  // Six may be held.
  Scene scene{tiny};
  scene.handshake();
  for (std::uint32_t i = 0; i < 10; ++i) scene.send(i * 1000);
  expect(scene, Fate::pass_uncached, 4);
  CHECK(scene.to_client.size() == 10);
  CHECK(scene.count(Counter::cache_refused) >= 4);
}

TEST_CASE("repair holds, edits, paces and releases, each by name", "[fate]") {
  Scene scene;
  scene.handshake();
  for (std::uint32_t i = 0; i < 10; ++i) scene.send(i * 1000);
  scene.wait(Nanos::millis(40));
  for (std::uint32_t i = 2; i <= 10; ++i)
    scene.from_client(scene.acked(1000).sack({Scene::bytes(2000, i * 1000 + 1000)}));
  for (std::uint32_t i = 10; i < 60; ++i) scene.send(i * 1000);
  expect(scene, Fate::held_duplicate_ack);
  scene.send(59'000);
  expect(scene, Fate::held_queued_copy);
  scene.wait(Nanos::millis(60));
  expect(scene, Fate::pass_paced);
  scene.from_client(scene.acked(11'000).sack({Scene::bytes(12'000, 13'000)}));
  scene.from_client(scene.acked(11'000).sack({Scene::bytes(12'000, 14'000)}));
  scene.from_client(scene.acked(12'000).sack({Scene::bytes(13'000, 14'000)}));
  expect(scene, Fate::pass_edited);
  scene.from_client(scene.acked(9'000));
  expect(scene, Fate::held_ack_superseded);
  scene.wait(Nanos::millis(500));
  expect(scene, Fate::pass_released);
  scene.worker.drain(scene.now);
  CHECK(scene.fates() == scene.received());
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("data put in order is called so", "[fate]") {
  Scene scene;
  scene.handshake();
  const auto come = [&](std::uint32_t offset, std::uint32_t ts) {
    scene.from_server(
        Scene::reply(data(Scene::kServer + 1 + offset, 1000, Scene::kClient + 1)).ts(ts, 2));
  };
  come(1000, 101);
  scene.wait(Nanos::millis(5));
  come(0, 100);  // Late, and so a reason to wait from now on.
  come(3000, 103);
  come(2000, 102);
  expect(scene, Fate::pass_resequenced);
}

TEST_CASE("data acknowledged before its turn is dropped by name", "[fate]") {
  Scene scene;
  scene.handshake();
  for (std::uint32_t i = 0; i < 10; ++i) scene.send(i * 1000);
  scene.wait(Nanos::millis(40));
  for (std::uint32_t i = 2; i <= 9; ++i)
    scene.from_client(scene.acked(1000).sack({Scene::bytes(2000, i * 1000 + 1000)}));
  for (std::uint32_t i = 10; i < 60; ++i) scene.send(i * 1000);
  scene.from_client(scene.acked(60'000));
  expect(scene, Fate::held_already_acked);
}

TEST_CASE("a port that takes nothing loses packets, and says so", "[fate]") {
  Scene scene;
  scene.io.limit_transmit(0);
  put(scene, PortId::lan, raw({0x08, 0x06}, 60));
  expect(scene, Fate::drop_transmit_full);
  CHECK(scene.io.pool().in_use() == 0);
}

TEST_CASE("what was acknowledged early needs no acknowledgment and no copy", "[fate][custody]") {
  Scene scene{Scene::small(), Mode::repair, Custody::always};
  scene.handshake();
  for (std::uint32_t i = 0; i < 5; ++i) scene.send(i * 1000);
  scene.from_client(scene.acked(1000));
  expect(scene, Fate::held_claimed_ack);
  scene.send(0);
  expect(scene, Fate::held_claimed_copy);
}

TEST_CASE("every fate was reached by a test above", "[fate]") {
  for (std::size_t i = 0; i < kFateCount; ++i) {
    INFO(kFates[i].name);
    CHECK(reached.contains(static_cast<Fate>(i)));
  }
}
