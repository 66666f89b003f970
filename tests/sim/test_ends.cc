#include <algorithm>
#include <functional>
#include <optional>

#include "sim/receiver.h"
#include "sim/scenario.h"
#include "sim/sender.h"
#include "support/catch.h"

namespace gimbal::sim {
namespace {

/// Two model ends and a wire of 20 ms each way whose frames a test may drop, delay or look at.
struct Wire {
  /// How long after the usual 20 ms a data frame comes; nothing: it is lost.
  using Fate = std::function<std::optional<Nanos>(const Segment&)>;

  explicit Wire(std::uint64_t stream, Fate data = {}, const Habits& habits = {}) {
    const Endpoint server{IpAddress::v4(10, 0, 1, 1), 5201};
    const Endpoint client{IpAddress::v4(10, 0, 2, 1), 40000};
    SenderConfig from{.local = server, .remote = client};
    from.initial_seq = Seq32{0xffff'f000};
    from.stream_bytes = stream;
    ReceiverConfig to{.local = client, .remote = server};
    to.habits = habits;
    sender.emplace(loop, from, [this, data](Frame frame) {
      const auto segment = decode(frame);
      REQUIRE(segment);
      const auto late = data ? data(*segment) : Nanos{};
      if (!late) return;
      loop.after(Nanos::millis(20) + *late,
                 [this, frame, segment] { receiver->hear(*segment, payload_of(frame, *segment)); });
    });
    receiver.emplace(loop, to, [this](Frame frame) {
      const auto segment = decode(frame);
      REQUIRE(segment);
      if (on_ack) on_ack(*segment);
      loop.after(Nanos::millis(20), [this, segment] { sender->hear(*segment); });
    });
  }
  void run(Nanos span) {
    receiver->connect();
    loop.run_until(loop.now() + span);
  }

  Loop loop;
  std::optional<Sender> sender;
  std::optional<Receiver> receiver;
  std::function<void(const Segment&)> on_ack;
};

bool carries(const Segment& segment, std::uint32_t number) {
  return segment.payload_length > 0 && segment.seq == Seq32{0xffff'f001} + number * 1448;
}

TEST_CASE("a stream arrives whole and closes both ways across the wrap", "[ends]") {
  Wire wire{100'000};
  wire.run(Nanos::seconds(2));
  CHECK(wire.receiver->figures().bytes == 100'000);
  CHECK_FALSE(wire.receiver->figures().damaged);
  CHECK(wire.sender->finished());
  CHECK(wire.receiver->finished());
  CHECK(wire.sender->figures().retransmissions == 0);
}

TEST_CASE("one lost segment costs one retransmission, one recovery and no timeout", "[ends]") {
  bool dropped = false;
  Wire wire{200'000, [&](const Segment& s) -> std::optional<Nanos> {
              if (!carries(s, 20) || dropped) return Nanos{};
              dropped = true;
              return std::nullopt;
            }};
  wire.run(Nanos::seconds(3));
  CHECK(wire.receiver->figures().bytes == 200'000);
  CHECK(wire.sender->figures().retransmissions == 1);
  CHECK(wire.sender->figures().recoveries == 1);
  CHECK(wire.sender->figures().timeouts == 0);
  CHECK(wire.sender->congestion().window() < 100);
}

TEST_CASE("a lost tail is repaired by a probe, not by the timeout", "[ends]") {
  int dropped = 0;
  Wire wire{20 * 1448, [&](const Segment& s) -> std::optional<Nanos> {
              if (!(carries(s, 19) || s.flags.fin) || dropped == 2) return Nanos{};
              ++dropped;
              return std::nullopt;
            }};
  wire.run(Nanos::seconds(2));
  CHECK(wire.receiver->figures().bytes == 20 * 1448);
  CHECK(wire.sender->figures().tail_probes >= 1);
  CHECK(wire.sender->figures().timeouts == 0);
}

TEST_CASE("a late segment taken for lost is undone by its D-SACK", "[ends]") {
  Wire wire{400'000, [&](const Segment& s) -> std::optional<Nanos> {
              return carries(s, 40) ? Nanos::millis(35) : Nanos{};
            }};
  wire.run(Nanos::seconds(3));
  CHECK(wire.receiver->figures().bytes == 400'000);
  CHECK(wire.sender->figures().retransmissions >= 1);
  CHECK(wire.sender->figures().undos >= 1);
}

TEST_CASE("an outage of a second ends in a timeout and the stream goes on", "[ends]") {
  Wire* self = nullptr;
  Wire wire{2'000'000, [&](const Segment&) -> std::optional<Nanos> {
              const Instant now = self->loop.now();
              const bool dark =
                  now > Instant{} + Nanos::millis(200) && now < Instant{} + Nanos::millis(1200);
              if (dark) return std::nullopt;
              return Nanos{};
            }};
  self = &wire;
  wire.run(Nanos::seconds(10));
  CHECK(wire.receiver->figures().bytes == 2'000'000);
  CHECK(wire.sender->figures().timeouts >= 1);
}

TEST_CASE("the receiver's right edge never retreats and SACK shows the newest block first",
          "[ends]") {
  bool dropped = false;
  Wire wire{500'000, [&](const Segment& s) -> std::optional<Nanos> {
              if (!carries(s, 30) || dropped) return Nanos{};
              dropped = true;
              return std::nullopt;
            }};
  Seq32 edge{0xffff'f001};
  Seq32 newest{0xffff'f001};
  std::uint64_t sacks = 0;
  wire.on_ack = [&](const Segment& ack) {
    if (ack.flags.syn) return;
    const Seq32 shown = ack.ack + (std::uint32_t{ack.window} << 10);
    CHECK(shown >= edge);
    edge = shown;
    if (ack.options.sack_count == 0) return;
    ++sacks;
    CHECK(ack.options.sack[0].end > newest);
    newest = ack.options.sack[0].end;
  };
  wire.run(Nanos::seconds(3));
  CHECK(sacks > 3);
}

TEST_CASE("a small receive window limits the sender and stops its window from growing", "[ends]") {
  Wire wire{2'000'000, {}, Habits{.buffer = 64 * 1024, .buffer_max = 64 * 1024}};
  std::uint32_t most = 0;
  wire.on_ack = [&](const Segment&) { most = std::max(most, wire.sender->in_flight()); };
  wire.run(Nanos::millis(700));
  CHECK(most <= 64 * 1024 / 1448 + 1);
  // Slow start may reach twice what is used, never more.
  CHECK(wire.sender->congestion().window() <= 2 * (64 * 1024 / 1448) + 2);
}

TEST_CASE("every kind of receiver reads a stream whole over a lossy, reordering path", "[ends]") {
  for (const Habits& habits : receivers()) {
    std::uint64_t count = 0;
    Wire wire{300'000,
              [&](const Segment& s) -> std::optional<Nanos> {
                if (s.payload_length > 0 && ++count % 23 == 0) return std::nullopt;
                return count % 7 == 0 ? Nanos::millis(4) : Nanos{};
              },
              habits};
    wire.run(Nanos::seconds(60));
    CAPTURE(habits.name);
    CHECK(wire.receiver->figures().bytes == 300'000);
    CHECK_FALSE(wire.receiver->figures().damaged);
    CHECK(wire.sender->finished());
  }
}

TEST_CASE("without SACK three duplicates bring one fast retransmission", "[ends]") {
  bool dropped = false;
  Wire wire{200'000,
            [&](const Segment& s) -> std::optional<Nanos> {
              if (!carries(s, 20) || dropped) return Nanos{};
              dropped = true;
              return std::nullopt;
            },
            find_receiver("no-sack").value()};
  wire.run(Nanos::seconds(3));
  CHECK(wire.receiver->figures().bytes == 200'000);
  CHECK(wire.sender->figures().retransmissions == 1);
  CHECK(wire.sender->figures().recoveries == 1);
  CHECK(wire.sender->figures().timeouts == 0);
}

TEST_CASE("without SACK two losses in a window cost a round trip each", "[ends]") {
  int dropped = 0;
  Wire wire{200'000,
            [&](const Segment& s) -> std::optional<Nanos> {
              const bool chosen =
                  (carries(s, 40) && dropped == 0) || (carries(s, 44) && dropped == 1);
              if (!chosen) return Nanos{};
              ++dropped;
              return std::nullopt;
            },
            find_receiver("no-sack").value()};
  wire.run(Nanos::seconds(3));
  CHECK(wire.receiver->figures().bytes == 200'000);
  CHECK(wire.sender->figures().retransmissions == 2);
  CHECK(wire.sender->figures().recoveries == 1);
  CHECK(wire.sender->figures().timeouts == 0);
}

TEST_CASE("a Windows-like receiver sends no timestamps and answers a lone segment in 10 ms",
          "[ends]") {
  Wire wire{UINT64_MAX, {}, find_receiver("windows").value()};
  wire.on_ack = [&](const Segment& ack) { CHECK_FALSE(ack.options.has_timestamps); };
  wire.run(Nanos::millis(85));
  // Ten segments came at 80 ms: five answers and the handshake's, none waiting.
  CHECK(wire.receiver->figures().acks == 6);
}

}  // namespace
}  // namespace gimbal::sim
