#include "probe/udp_arrivals.h"

#include <cmath>
#include <vector>

#include "probe/udp_packet.h"
#include "probe/udp_stream.h"
#include "support/catch.h"

using namespace gimbal::probe;
using namespace std::chrono_literals;

namespace {

const Clock::time_point kOrigin = Clock::time_point{} + 1h;

/// A direction fed with arrivals by their number and transit time; sent every 10 ms.
struct Direction {
  UdpArrivals arrivals{"down", kOrigin};

  void arrive(std::uint64_t number, Clock::duration transit) {
    const Clock::time_point sent = kOrigin + number * 10ms;
    // The sender's clock is an hour ahead: nothing may depend on it.
    arrivals.observe(number, stamp(sent + 1h), sent + transit, true);
  }
  RunResult summary(std::uint64_t sent) const {
    RunResult result;
    arrivals.summarize(sent, result);
    return result;
  }
};

}  // namespace

TEST_CASE("a datagram survives the wire and a changed one is found") {
  UdpPacket sent;
  sent.kind = UdpPacket::Kind::data;
  sent.session = 77;
  sent.number = 12345;
  sent.sent_ns = 1;
  sent.echo_ns = 2;
  sent.held_ns = 3;
  sent.rate = 4;
  sent.size = 5;
  sent.millis = 4'000'000'000;
  std::vector<std::byte> bytes(500);
  sent.write(bytes);
  const auto received = UdpPacket::parse(bytes);
  REQUIRE(received);
  CHECK(received->kind == sent.kind);
  CHECK(received->session == 77);
  CHECK(received->number == 12345);
  CHECK(received->sent_ns == 1);
  CHECK(received->echo_ns == 2);
  CHECK(received->held_ns == 3);
  CHECK(received->rate == 4);
  CHECK(received->size == 5);
  CHECK(received->millis == 4'000'000'000);
  CHECK(received->is_right(bytes));
  bytes[499] ^= std::byte{1};
  CHECK_FALSE(received->is_right(bytes));
  bytes[0] ^= std::byte{1};
  CHECK_FALSE(UdpPacket::parse(bytes));
  CHECK_FALSE(UdpPacket::parse(std::span{bytes}.first(63)));
}

TEST_CASE("equal transit times have no jitter whatever the clocks say") {
  Direction d;
  for (std::uint64_t i = 0; i < 100; ++i) d.arrive(i, 30ms);
  CHECK(d.arrivals.jitter_ns() == 0);
  const RunResult result = d.summary(100);
  CHECK(result.find("down_delay_variation")->max() == 0);
  CHECK(result.counters.at("down_lost") == 0);
}

TEST_CASE("jitter follows the estimator of RFC 3550") {
  Direction d;
  double expected = 0;
  double last = 30;
  d.arrive(0, 30ms);
  for (std::uint64_t i = 1; i < 200; ++i) {
    const double transit = i % 2 == 0 ? 30 : 34;
    expected += (std::fabs(transit - last) - expected) / 16;
    last = transit;
    d.arrive(i, i % 2 == 0 ? 30ms : 34ms);
  }
  CHECK(d.arrivals.jitter_ns() == Approx(expected * 1e6));
  CHECK(d.arrivals.jitter_ns() == Approx(4e6).epsilon(0.001));
  CHECK(d.summary(200).find("down_delay_variation")->max() == Approx(4).epsilon(0.01));
}

TEST_CASE("loss, runs of loss, duplicates and order are told apart") {
  Direction d;
  for (const unsigned number : {0U, 1U, 2U, 6U, 7U, 5U, 7U, 8U, 8U, 11U}) d.arrive(number, 20ms);
  const RunResult result = d.summary(14);
  CHECK(result.counters.at("down_received") == 8);  // 0 1 2 5 6 7 8 11
  CHECK(result.counters.at("down_lost") == 6);      // 3 4 9 10 12 13
  CHECK(result.counters.at("down_duplicates") == 2);
  CHECK(result.counters.at("down_reordered") == 1);
  CHECK(result.figures.at("down_loss_percent") == Approx(600.0 / 14));
  const Metric* runs = result.find("down_loss_run");
  REQUIRE(runs != nullptr);
  CHECK(runs->histogram.count() == 3);
  CHECK(runs->max() == 2);
  CHECK(result.find("down_reorder")->max() == 2);  // 6 and 7 came before 5.
}

TEST_CASE("a datagram overtaken is not taken for lost, and one never sent is not counted") {
  Direction d;
  d.arrive(1, 20ms);
  d.arrive(0, 45ms);
  CHECK(d.summary(2).counters.at("down_lost") == 0);
  CHECK(d.summary(2).counters.at("down_reordered") == 1);
  d.arrive(UdpArrivals::kMostPackets, 1ms);
  CHECK(d.arrivals.received() == 2);
}

TEST_CASE("two ends measure the round trip without the time a datagram was held") {
  UdpStream client{9, 100, 200, kOrigin, 1s, "down"};
  UdpStream server{9, 100, 200, kOrigin, 1s, "up"};
  REQUIRE(client.due() == kOrigin);
  const auto read = [](std::span<const std::byte> bytes) {
    return UdpPacket::parse(bytes).value();
  };
  const auto up = client.next_packet(kOrigin);
  CHECK_FALSE(server.take(read(up), up, kOrigin + 15ms));
  const auto down = server.next_packet(kOrigin + 22ms);  // Held for 7 ms.
  const auto trip = client.take(read(down), down, kOrigin + 42ms);
  REQUIRE(trip);
  CHECK(*trip == 35ms);
  CHECK(client.due() == kOrigin + 10ms);
}

TEST_CASE("a stream ends after its time and one without a rate sends nothing") {
  UdpStream stream{1, 10, 100, kOrigin, 1s, "down"};
  while (stream.due() != Clock::time_point::max()) stream.next_packet(stream.due());
  CHECK(stream.sent() == 10);
  CHECK(UdpStream{1, 0, 100, kOrigin, 1s, "down"}.due() == Clock::time_point::max());
}
