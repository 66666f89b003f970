// Custody under everything at once: invariant 4, and what holds for any acknowledgment shown.

#include <algorithm>

#include "base/rng.h"
#include "scene.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

constexpr Seq32 server_byte(std::uint32_t offset) { return Seq32{Scene::kServer + 1 + offset}; }

/// A download whose receiver is honest but far: it has what reached it, acknowledges some of it,
/// closes its window, resets, goes silent. The sender believes what it is shown.
struct Chaos {
  explicit Chaos(std::uint64_t seed)
      : rng{seed}, scene{options(seed), Mode::repair, Custody::always} {
    scene.handshake();
    for (Policy& policy : policies) policy.fallback.mode = Mode::repair;
  }
  static WorkerOptions options(std::uint64_t seed) {
    WorkerOptions small = Scene::small();
    if (seed % 3 == 0) small.packets = 48;  // Memory squeeze.
    return small;
  }
  [[nodiscard]] std::uint32_t pick(std::uint32_t n) {
    return static_cast<std::uint32_t>(rng.next() % n);
  }

  void step() {
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return send();
      case 4:
      case 5:
        return answer();
      case 6:
        return scene.wait(Nanos::micros(pick(30'000)));
      case 7:
        if (sent > shown && rng.chance(0.3)) scene.send(shown, std::min(1000U, sent - shown));
        return;
      case 8:
        if (rng.chance(0.1)) flip();
        return;
      default:
        if (rng.chance(0.05)) scene.wait(Nanos::seconds(2));
        return;
    }
  }
  void send() {
    const std::uint32_t length = 1 + pick(1400);
    if (finished || sent + length > edge) return;
    scene.send(sent, length);
    newest = sent;
    sent += length;
  }
  /// The receiver got a random share of what left, in order or not.
  void answer() {
    if (received < reached && rng.chance(0.8)) received += pick(reached - received + 1);
    const auto window = static_cast<std::uint16_t>(rng.chance(0.1) ? 0 : 500);
    scene.from_client(scene.acked(received).window(window));
    if (window > 0) edge = std::max(edge, received + 500U * 128U);
  }
  void flip() {
    Policy& policy = policies[flips % 2];
    policy.generation = ++flips;
    policy.fallback.custody = rng.chance(0.5) ? Custody::always : Custody::never;
    policy.fallback.mode = rng.chance(0.7) ? Mode::repair : Mode::observe;
    scene.worker.shared().policy.store(&policy);
    scene.turn();
  }
  /// Reads what left since the last step and holds it against the rules.
  void judge() {
    for (const Segment& segment : scene.to_client)
      if (segment.payload_length > 0)
        reached = std::max(reached, static_cast<std::uint32_t>(segment.end() - server_byte(0)));
    for (const Segment& segment : scene.to_server) {
      if (segment.flags.rst) {
        reset = true;
        continue;
      }
      const auto ack = static_cast<std::uint32_t>(segment.ack - server_byte(0));
      CHECK(ack <= std::max(received, newest));
      CHECK(segment.options.ts_value <= 3);
      shown = std::max(shown, ack);
    }
    scene.clear();
  }

  Rng rng;
  Scene scene;
  std::array<Policy, 2> policies{};
  std::uint64_t flips{0};
  std::uint32_t sent{0};
  std::uint32_t newest{0};
  std::uint32_t reached{0};   ///< End of what left towards the receiver.
  std::uint32_t received{0};  ///< What the receiver acknowledges.
  std::uint32_t shown{0};     ///< What the sender believes.
  std::uint32_t edge{500 * 128};
  bool finished{false};
  bool reset{false};
};

}  // namespace

TEST_CASE("whatever happens, what was acknowledged early is delivered or the connection is reset",
          "[custody][chaos]") {
  for (std::uint64_t seed = 1; seed <= 18; ++seed) {
    INFO("seed " << seed);
    Chaos chaos{seed};
    for (int i = 0; i < 1500; ++i) {
      chaos.step();
      chaos.judge();
    }
    // What is promised leaves here again and again: in time an honest receiver has all of it.
    const bool dies = seed % 2 == 0;
    for (int i = 0; i < 40 && !dies; ++i) {
      chaos.scene.wait(Nanos::millis(50));
      chaos.judge();
      chaos.received = std::max(chaos.received, chaos.reached);
      chaos.scene.from_client(chaos.scene.acked(chaos.received));
      chaos.judge();
    }
    chaos.scene.worker.begin_drain(chaos.scene.now);
    chaos.scene.worker.drain(chaos.scene.now);
    chaos.scene.collect(PortId::lan, chaos.scene.to_server);
    chaos.scene.collect(PortId::wan, chaos.scene.to_client);
    chaos.judge();
    CHECK((chaos.shown <= chaos.received || chaos.reset));
    if (!dies) CHECK(chaos.shown <= chaos.received);
    CHECK(chaos.scene.count(Counter::custody_flows) == 0);
    CHECK(chaos.scene.io.pool().in_use() == 0);
    CHECK(chaos.scene.fates() == chaos.scene.received());
  }
}
