#include "scene.h"
#include "shaper/window_plan.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

/// Where an acknowledgment lets the sender go, scale 7.
Seq32 edge_of(const Segment& segment) {
  return segment.ack + (static_cast<std::uint32_t>(segment.window) << 7);
}

}  // namespace

TEST_CASE("a receiver that opens with megabytes does not put the edge out of the engine's reach",
          "[peers][window]") {
  Scene scene;
  scene.from_client(syn(Scene::kClient).mss(1460).scale(7).ts(1, 0).sack_ok());
  scene.from_server(Scene::reply(
      syn_ack(Scene::kServer, Scene::kClient + 1).mss(1460).scale(7).ts(100, 1).sack_ok()));
  scene.clear();
  // 8 MB, before any data has passed and while no engine is there.
  scene.from_client(ack(Scene::kClient + 1, Scene::kServer + 1).window(65'535).ts(2, 100));
  REQUIRE(scene.to_server.size() == 1);
  Seq32 edge = edge_of(scene.to_server[0]);
  CHECK(edge == Seq32{Scene::kServer + 1} + kOpeningWindow);
  CHECK(scene.count(Fate::pass_edited) == 1);

  SECTION("the window follows what the sender has out, ahead of it, and never retreats") {
    for (std::uint32_t round = 0; round < 8; ++round) {
      for (std::uint32_t i = 0; i < 8; ++i) scene.send((round * 8 + i) * 1000);
      scene.wait(Nanos::millis(40));
      scene.clear();
      scene.from_client(scene.acked((round + 1) * 8000).window(65'535));
      REQUIRE(scene.to_server.size() == 1);
      CHECK(edge_of(scene.to_server[0]) >= edge);
      edge = edge_of(scene.to_server[0]);
      CHECK(edge >= Seq32{Scene::kServer + 1 + (round + 1) * 8000} + kOpeningWindow - 128);
      CHECK(edge <= Seq32{Scene::kServer + 1 + (round + 1) * 8000} + kOpeningWindow);
    }
  }
  SECTION("what a keepalive of the receiver showed is not taken back") {
    // One below its next byte: a question to the other end, passed as it came.
    scene.clear();
    scene.from_client(ack(Scene::kClient, Scene::kServer + 1).window(65'535).ts(3, 100));
    REQUIRE(scene.count(Fate::pass_control) >= 1);
    REQUIRE_FALSE(scene.to_server.empty());
    const Seq32 asked = edge_of(scene.to_server.back());
    REQUIRE(asked > edge);
    scene.send(0);
    scene.wait(Nanos::millis(40));
    scene.clear();
    scene.from_client(scene.acked(1000).window(65'535));
    REQUIRE(scene.to_server.size() == 1);
    CHECK(edge_of(scene.to_server[0]) >= asked);
  }
  SECTION("after the engine has gone back the edge is still known") {
    scene.send(0);
    scene.wait(Nanos::millis(40));
    scene.from_client(scene.acked(1000).window(65'535));
    edge = edge_of(scene.to_server.back());
    scene.wait(Nanos::seconds(10));
    scene.clear();
    scene.from_client(scene.acked(1000).window(60'000));
    REQUIRE(scene.to_server.size() == 1);
    CHECK(edge_of(scene.to_server[0]) >= edge);
  }
}

TEST_CASE("a window below the opening one passes as it came", "[peers][window]") {
  Scene scene;
  scene.handshake();
  CHECK(scene.count(Counter::window_edits) == 0);
  CHECK(scene.count(Fate::pass_edited) == 0);
}

TEST_CASE("a receiver without SACK is left to its sender", "[peers][nosack]") {
  Scene scene;
  scene.handshake(Nanos::millis(40), false);
  for (std::uint32_t round = 0; round < 4; ++round) {
    for (std::uint32_t i = 0; i < 20; ++i) scene.send((round * 20 + i) * 1000);
    scene.wait(Nanos::millis(40));
    scene.clear();
    for (std::uint32_t i = 0; i < 20; ++i)
      scene.from_client(scene.acked((round * 20 + i + 1) * 1000));
    CHECK(scene.to_server.size() == 20);
  }
  CHECK(scene.count(Counter::repairs_started) == 0);
  SECTION("its duplicates stay duplicates: the same window, each of them shown") {
    for (std::uint32_t i = 80; i < 90; ++i) scene.send(i * 1000);
    scene.wait(Nanos::millis(40));
    scene.clear();
    for (std::uint32_t i = 0; i < 5; ++i) {
      scene.from_client(scene.acked(80'000).window(65'535));
      scene.send((90 + i) * 1000);  // Limited transmit: what the sender has out grows.
    }
    REQUIRE(scene.to_server.size() == 5);
    for (std::size_t i = 1; i < 5; ++i)
      CHECK(scene.to_server[i].window == scene.to_server[0].window);
  }
}

TEST_CASE("a receiver without SACK is not taken into custody", "[peers][nosack][custody]") {
  Scene scene{Scene::small(), Mode::repair, Custody::always};
  scene.handshake(Nanos::millis(40), false);
  for (std::uint32_t i = 0; i < 6; ++i) scene.send(i * 1000);
  CHECK(scene.to_server.empty());
}
