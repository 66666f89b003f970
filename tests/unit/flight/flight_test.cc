#include "tcp/flight.h"

#include <vector>

#include "base/rng.h"
#include "support/catch.h"

using namespace gimbal;

namespace {

constexpr std::uint32_t kMss = 1000;

/// A flight over its own arena; packets are numbered handles so that returns can be checked.
struct Rig {
  RecordArena arena{1024};
  Flight flight{arena};
  Instant now{1'000'000'000};
  std::vector<std::uintptr_t> returned;
  std::uint32_t next_seq;

  explicit Rig(std::uint32_t isn = 0xffff'f000) : next_seq{isn} {}

  void send(int segments) {
    for (int i = 0; i < segments; ++i) {
      Packet packet;
      packet.handle = reinterpret_cast<void*>(std::uintptr_t{next_seq} + 1);
      REQUIRE(flight.append(Seq32{next_seq}, kMss, packet, now));
      flight.mark_sent(*flight.next_waiting(), now);
      next_seq += kMss;
      now = now + Nanos::micros(100);
    }
  }
  AckNews ack(std::uint32_t upto, std::vector<SackBlock> blocks = {}) {
    const AckNews news = flight.acknowledge(Seq32{upto}, blocks, Nanos::millis(10), now);
    flight.reclaim([&](const Packet& p, bool) {
      returned.push_back(reinterpret_cast<std::uintptr_t>(p.handle));
    });
    return news;
  }
  void wait(Nanos span) { now = now + span; }
  /// The first of `segments`, sent from 1000 on, is found lost and sent again.
  void lose_and_resend_first(int segments) {
    send(segments);
    wait(Nanos::millis(20));
    (void)ack(1000, {{Seq32{2000}, Seq32{1000U + kMss * static_cast<std::uint32_t>(segments)}}});
    wait(Nanos::millis(1));
    REQUIRE(flight.detect_losses(Nanos{}, now).lost_segments == 1);
    flight.mark_sent(*flight.next_lost(), now);
  }
};

SackBlock block(std::uint32_t start, std::uint32_t end) { return {Seq32{start}, Seq32{end}}; }

}  // namespace

TEST_CASE("a cumulative ACK across the wrap returns every packet once, in order", "[flight]") {
  Rig rig;
  const std::uint32_t isn = rig.next_seq;
  rig.send(10);
  CHECK(rig.flight.pipe() == 10 * kMss);
  rig.wait(Nanos::millis(20));
  const AckNews news = rig.ack(isn + 10 * kMss);
  CHECK(news.acked_bytes == 10 * kMss);
  CHECK(news.rtt.size() == 1);
  CHECK(rig.returned.size() == 10);
  CHECK(rig.flight.empty());
  CHECK(rig.flight.pipe() == 0);
  CHECK(rig.arena.in_use() == 0);
}

TEST_CASE("a segment below three delivered ones is lost once the reorder window is over",
          "[flight][rack]") {
  Rig rig{1000};
  rig.send(5);
  rig.wait(Nanos::millis(20));
  (void)rig.ack(1000, {block(2000, 5000)});
  CHECK(rig.flight.sacked_bytes() == 3 * kMss);
  CHECK(rig.flight.has_hole());
  SECTION("not before") {
    const LossScan scan = rig.flight.detect_losses(Nanos::millis(5), rig.now);
    CHECK(scan.lost_segments == 0);
    CHECK(scan.next_deadline > rig.now);
    CHECK(scan.next_deadline <= rig.now + Nanos::millis(5));
  }
  SECTION("but then") {
    rig.wait(Nanos::millis(6));
    const LossScan scan = rig.flight.detect_losses(Nanos::millis(5), rig.now);
    CHECK(scan.lost_segments == 1);
    REQUIRE(rig.flight.next_lost() != nullptr);
    CHECK(rig.flight.next_lost()->seq == Seq32{1000});
    CHECK(rig.flight.pipe() == kMss);  // The fifth segment: sent after the newest delivered.
  }
}

TEST_CASE("a resent segment that is overtaken again is lost again", "[flight][rack]") {
  Rig rig{1000};
  rig.lose_and_resend_first(3);
  CHECK(rig.flight.next_lost() == nullptr);
  rig.send(2);
  rig.wait(Nanos::millis(20));
  (void)rig.ack(1000, {block(2000, 6000)});
  rig.wait(Nanos::millis(1));
  const LossScan scan = rig.flight.detect_losses(Nanos{}, rig.now);
  CHECK(scan.lost_segments == 1);
  CHECK(scan.lost_again == 1);
}

TEST_CASE("an acknowledgment of a resent segment gives no round-trip sample (Karn)",
          "[flight][rtt]") {
  Rig rig{1000};
  rig.lose_and_resend_first(2);
  rig.wait(Nanos::millis(20));
  const AckNews news = rig.ack(3000);
  CHECK(news.delivered_resent);
  CHECK(news.rtt.empty());
}

TEST_CASE("a hole filled by its original tells how late it was", "[flight][reordering]") {
  Rig rig{1000};
  rig.send(4);
  rig.wait(Nanos::millis(20));
  (void)rig.ack(1000, {block(2000, 5000)});
  rig.wait(Nanos::millis(7));
  const AckNews news = rig.ack(5000);
  CHECK(news.late_originals == 1);
  REQUIRE(news.lateness.size() == 1);
  CHECK(news.lateness[0] > Nanos::millis(6));
  CHECK(news.lateness[0] < Nanos::millis(9));
}

TEST_CASE("blocks first shown by one ACK say nothing about the order they came in",
          "[flight][reordering]") {
  Rig rig{1000};
  rig.send(2);
  rig.wait(Nanos::millis(3));
  rig.send(4);
  rig.wait(Nanos::millis(20));
  const AckNews news = rig.ack(1000, {block(5000, 6000), block(2000, 3000)});
  CHECK(news.delivered_segments == 2);
  CHECK(news.late_originals == 0);
}

TEST_CASE("a copy acknowledged sooner than light could carry it was the original, late",
          "[flight][reordering]") {
  Rig rig{1000};
  rig.lose_and_resend_first(3);
  rig.wait(Nanos::millis(2));  // The least round trip is 10 ms.
  CHECK(rig.ack(4000).late_originals == 1);
}

TEST_CASE("a copy nearly a round trip on its way may be the copy after all",
          "[flight][reordering]") {
  // The least round trip was seen over a queue that has gone since.
  Rig rig{1000};
  rig.lose_and_resend_first(3);
  rig.wait(Nanos::millis(8));
  CHECK(rig.ack(4000).late_originals == 0);
}

TEST_CASE("neighbours that are lost together are one run", "[flight][rack]") {
  Rig rig{1000};
  rig.send(9);
  rig.wait(Nanos::millis(20));
  (void)rig.ack(1000, {block(4000, 6000), block(7000, 10'000)});
  rig.wait(Nanos::millis(1));
  const LossScan scan = rig.flight.detect_losses(Nanos{}, rig.now);
  CHECK(scan.lost_segments == 4);
  CHECK(scan.runs == 2);
}

TEST_CASE("a spent arena refuses the segment and changes nothing", "[flight][memory]") {
  RecordArena arena{RecordArena::kMinBlock};
  Flight first{arena};
  Flight second{arena};
  REQUIRE(first.append(Seq32{1}, 1, Packet{}, Instant{1}));
  CHECK_FALSE(second.append(Seq32{1}, 1, Packet{}, Instant{1}));
  CHECK(second.empty());
  first.clear();
  first.reclaim([](const Packet&, bool) {});
  CHECK(second.append(Seq32{1}, 1, Packet{}, Instant{1}));
}

TEST_CASE("whatever happens, bytes in each state sum to what is outstanding",
          "[flight][property]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng{seed};
    Rig rig{static_cast<std::uint32_t>(rng.next())};
    std::uint32_t una = rig.next_seq;
    std::vector<bool> returned_check;
    for (int step = 0; step < 2000; ++step) {
      rig.wait(Nanos::micros(static_cast<std::int64_t>(rng.next() % 3000)));
      const auto outstanding = (rig.next_seq - una) / kMss;
      switch (rng.next() % 5) {
        case 0:
        case 1:
          if (outstanding < 200) rig.send(1 + static_cast<int>(rng.next() % 4));
          break;
        case 2:
          if (outstanding > 0) {
            una += kMss * static_cast<std::uint32_t>(rng.next() % outstanding);
            (void)rig.ack(una);
          }
          break;
        case 3:
          if (outstanding > 3) {
            const auto from = 1 + static_cast<std::uint32_t>(rng.next() % (outstanding - 2));
            (void)rig.ack(una, {block(una + from * kMss, una + (from + 1) * kMss)});
          }
          break;
        case 4:
          (void)rig.flight.detect_losses(Nanos::millis(1), rig.now);
          while (Record* lost = rig.flight.next_lost()) rig.flight.mark_sent(*lost, rig.now);
          break;
        default:
          break;
      }
      const Flight& f = rig.flight;
      REQUIRE(f.pipe() + f.sacked_bytes() + f.lost_bytes() + f.waiting_bytes() ==
              rig.next_seq - una);
    }
    (void)rig.ack(rig.next_seq);
    CHECK(rig.arena.in_use() == 0);
    CHECK(rig.flight.empty());
  }
}

TEST_CASE("a copy resent in an outage makes nothing lost when the originals come after all",
          "[flight][rack]") {
  Rig rig;
  const std::uint32_t isn = rig.next_seq;
  rig.send(10);
  rig.wait(Nanos::millis(250));
  Record* head = rig.flight.find(Seq32{isn});
  REQUIRE(head != nullptr);
  head->resent_by_sender = true;
  rig.flight.mark_sent(*head, rig.now);
  rig.wait(Nanos::millis(50));  // Longer than a round trip: the copy may have arrived, or not.
  (void)rig.ack(isn + kMss);
  CHECK(rig.flight.detect_losses(Nanos::millis(5), rig.now).lost_segments == 0);
}

TEST_CASE("a tail probe answered above a hole shows the hole", "[flight][rack]") {
  Rig rig;
  const std::uint32_t isn = rig.next_seq;
  rig.send(3);
  rig.wait(Nanos::millis(60));
  rig.flight.mark_sent(*rig.flight.last_outstanding(), rig.now);
  rig.wait(Nanos::millis(20));
  (void)rig.ack(isn, {block(isn + 2 * kMss, isn + 3 * kMss)});
  CHECK(rig.flight.detect_losses(Nanos::millis(5), rig.now).lost_segments == 2);
}
