#include <optional>
#include <string>

#include "sim/frame.h"
#include "sim/payload.h"
#include "sim/witness.h"
#include "support/catch.h"
#include "wire/frame.h"

namespace gimbal::sim {
namespace {

constexpr Seq32 kServerInitial{0xffff'fc00};  // The stream wraps inside the first segments.
constexpr Seq32 kClientInitial{7000};
const Endpoint kServer{IpAddress::v4(10, 0, 1, 1), 5201};
const Endpoint kClient{IpAddress::v4(10, 0, 2, 1), 40000};

Instant at(std::int64_t ms) { return Instant{} + Nanos::millis(ms); }

Frame syn() {
  Segment segment;
  segment.source = kClient;
  segment.destination = kServer;
  segment.seq = kClientInitial;
  segment.flags.syn = true;
  segment.window = 64240;
  segment.options.has_window_scale = true;
  segment.options.window_scale = 10;
  return encode(segment, {});
}

Frame syn_ack() {
  Segment segment;
  segment.source = kServer;
  segment.destination = kClient;
  segment.seq = kServerInitial;
  segment.ack = kClientInitial + 1;
  segment.flags.syn = segment.flags.ack = true;
  segment.options.has_window_scale = true;
  segment.options.window_scale = 7;
  return encode(segment, {});
}

Frame data(std::uint64_t offset, std::uint64_t pattern_at, bool fin = false) {
  Segment segment;
  segment.source = kServer;
  segment.destination = kClient;
  segment.seq = kServerInitial + 1 + static_cast<std::uint32_t>(offset);
  segment.ack = kClientInitial + 1;
  segment.flags.ack = true;
  segment.window = 500;
  segment.flags.fin = fin;
  return encode(segment, stream_bytes(pattern_at, 1000));
}
Frame data(std::uint64_t offset) { return data(offset, offset); }

Frame ack(std::uint64_t offset, std::uint16_t window, std::optional<Range> block = {}) {
  Segment segment;
  segment.source = kClient;
  segment.destination = kServer;
  segment.seq = kClientInitial + 1;
  segment.ack = kServerInitial + 1 + static_cast<std::uint32_t>(offset);
  segment.flags.ack = true;
  segment.window = window;
  if (block) {
    segment.options.sack_count = 1;
    segment.options.sack[0] = {kServerInitial + 1 + static_cast<std::uint32_t>(block->start),
                               kServerInitial + 1 + static_cast<std::uint32_t>(block->end)};
  }
  return encode(segment, {});
}

/// A witness that has seen an honest handshake pass.
struct Scene {
  explicit Scene(bool bit_exact = false) : witness{{.bit_exact = bit_exact}} {
    pass(PortId::wan, syn(), 0);
    pass(PortId::lan, syn_ack(), 0);
  }
  void come(PortId port, const Frame& frame, std::int64_t ms) {
    witness.arrived(port, frame, at(ms));
  }
  void leave(PortId port, const Frame& frame, std::int64_t ms) {
    witness.left(port, frame, at(ms));
  }
  void pass(PortId from, const Frame& frame, std::int64_t ms) {
    come(from, frame, ms);
    leave(opposite(from), frame, ms);
  }
  [[nodiscard]] bool blames(const std::string& words) const {
    for (const std::string& sentence : witness.sentences())
      if (sentence.find(words) != std::string::npos) return true;
    return false;
  }
  Witness witness;
};

TEST_CASE("a box that only forwards is never blamed", "[witness]") {
  Scene scene;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto ms = static_cast<std::int64_t>(i);
    scene.pass(PortId::lan, data(i * 1000), ms);
    scene.pass(PortId::wan, ack((i + 1) * 1000, 5000), ms);
  }
  scene.witness.finish(at(200));
  CHECK(scene.witness.violations() == 0);
}

TEST_CASE("a changed payload byte is seen", "[witness]") {
  Scene scene;
  scene.come(PortId::lan, data(0), 1);
  scene.leave(PortId::wan, data(0, 1), 1);
  CHECK(scene.blames("payload or sequence number changed"));
}

TEST_CASE("data that never came is seen", "[witness]") {
  Scene scene;
  scene.leave(PortId::wan, data(5000), 1);
  CHECK(scene.blames("data left that never came"));
}

TEST_CASE("data that leaves in worse order than it came is seen", "[witness]") {
  Scene scene;
  scene.come(PortId::lan, data(0), 1);
  scene.come(PortId::lan, data(1000), 1);
  scene.leave(PortId::wan, data(1000), 2);
  CHECK(scene.blames("worse order"));
}

TEST_CASE("a local retransmission is counted, not blamed", "[witness]") {
  Scene scene;
  scene.pass(PortId::lan, data(0), 1);
  scene.pass(PortId::lan, data(1000), 1);
  scene.leave(PortId::wan, data(0), 30);
  CHECK(scene.witness.violations() == 0);
  CHECK(scene.witness.local_copies() == 1);
}

TEST_CASE("the sender's own retransmission is no local one", "[witness]") {
  Scene scene;
  scene.pass(PortId::lan, data(0), 1);
  scene.pass(PortId::lan, data(0), 30);
  CHECK(scene.witness.local_copies() == 0);
}

TEST_CASE("an ACK the receiver never gave is seen", "[witness]") {
  Scene scene;
  scene.pass(PortId::lan, data(0), 1);
  scene.leave(PortId::lan, ack(1000, 5000), 2);
  CHECK(scene.blames("ACK beyond"));
}

TEST_CASE("a SACK block the receiver never gave is seen", "[witness]") {
  Scene scene;
  scene.come(PortId::wan, ack(0, 5000, Range{2000, 3000}), 2);
  scene.leave(PortId::lan, ack(0, 5000, Range{2000, 4000}), 2);
  CHECK(scene.blames("SACK of bytes"));
}

TEST_CASE("an undo of what came late before the FIN is no lie, a second one is", "[witness]") {
  Scene scene;
  scene.pass(PortId::lan, data(0), 1);
  scene.pass(PortId::lan, data(2000, 2000, true), 2);  // 1000 to 2000 is missing.
  scene.pass(PortId::lan, data(1000), 50);
  scene.pass(PortId::lan, data(2000, 2000, true), 51);  // A copy, with the FIN it had.
  scene.come(PortId::wan, ack(3001, 5000), 52);
  scene.leave(PortId::lan, ack(3001, 5000, Range{1000, 2000}), 52);
  scene.leave(PortId::lan, ack(3001, 5000, Range{2000, 3001}), 52);
  CHECK(scene.witness.violations() == 0);
  scene.leave(PortId::lan, ack(3001, 5000, Range{1000, 2000}), 52);
  CHECK(scene.blames("SACK of bytes"));
}

TEST_CASE("a right edge that retreats is seen, an old ACK passed on is not", "[witness]") {
  Scene scene;
  scene.pass(PortId::wan, ack(0, 5000), 1);
  scene.pass(PortId::wan, ack(1000, 5000), 2);
  scene.leave(PortId::lan, ack(0, 5000), 3);
  CHECK(scene.witness.violations() == 0);
  scene.leave(PortId::lan, ack(1000, 4000), 4);
  CHECK(scene.blames("right edge retreated"));
}

TEST_CASE("a right edge wider than the receiver's is seen", "[witness]") {
  Scene scene;
  scene.come(PortId::wan, ack(1000, 5000), 1);
  scene.leave(PortId::lan, ack(1000, 5001), 1);
  CHECK(scene.blames("right edge beyond"));
}

TEST_CASE("data and ACKs held past the cap are seen", "[witness]") {
  Scene scene;
  scene.come(PortId::lan, data(0), 1);
  scene.come(PortId::wan, ack(0, 5001), 1);
  scene.come(PortId::wan, ack(1000, 5000), 2);
  scene.witness.finish(at(90));
  CHECK(scene.witness.violations() == 0);
  scene.witness.finish(at(105));
  CHECK(scene.blames("data never left"));
  CHECK(scene.blames("advancing ACK was held"));
}

TEST_CASE("data that leaves past the cap is seen, with how long it was held", "[witness]") {
  Scene scene;
  scene.come(PortId::lan, data(0), 1);
  scene.leave(PortId::wan, data(0), 124);
  CHECK(scene.blames("data was held 123 ms"));
}

TEST_CASE("a wrong checksum is seen", "[witness]") {
  Scene scene;
  Frame frame = data(0);
  scene.come(PortId::lan, frame, 1);
  frame.back() ^= std::byte{0x01};
  scene.leave(PortId::wan, frame, 1);
  CHECK(scene.blames("wrong checksum"));
}

TEST_CASE("a FIN held past the cap is seen", "[witness]") {
  Scene scene;
  Segment segment;
  Frame frame = ack(0, 5000);
  REQUIRE(parse_frame(frame, segment) == FrameKind::tcp);
  segment.flags.fin = true;
  frame = encode(segment, {});
  scene.come(PortId::wan, frame, 1);
  scene.witness.finish(at(150));
  CHECK(scene.blames("SYN, FIN or RST"));
}

TEST_CASE("bypass that edits, reorders or loses one frame is seen", "[witness]") {
  Scene scene{true};
  scene.come(PortId::wan, ack(0, 5000), 1);
  scene.leave(PortId::lan, ack(0, 4999), 1);
  CHECK(scene.blames("changed or out of order"));
  scene.come(PortId::lan, data(0), 2);
  scene.witness.finish(at(3));
  CHECK(scene.blames("never left"));
}

}  // namespace
}  // namespace gimbal::sim
