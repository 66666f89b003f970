#include "impair/direction.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "impair/stream_seed.h"
#include "statistics.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

Instant at_ms(double ms) { return Instant{} + Nanos::from_ms(ms); }

std::vector<Admission> run(Direction& direction, int packets, Nanos gap,
                           std::uint32_t frame_bytes = 1514, Instant from = Instant{}) {
  std::vector<Admission> out;
  for (int i = 0; i < packets; ++i) out.push_back(direction.admit(frame_bytes, from + gap * i));
  return out;
}

bool same(const Admission& a, const Admission& b) {
  return a.cause == b.cause && a.enqueued == b.enqueued && a.dequeued_at == b.dequeued_at &&
         a.release_at == b.release_at && a.backlog_bytes == b.backlog_bytes;
}

bool in_order(const std::vector<Admission>& fates) {
  return std::is_sorted(fates.begin(), fates.end(),
                        [](const auto& a, const auto& b) { return a.release_at < b.release_at; });
}

DirectionConfig everything() {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(100);
  config.queue_bytes = 60'000;
  config.delay = Nanos::millis(20);
  config.jitter = Jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder};
  config.loss.probability = 0.01;
  config.stalls = Stalls{Nanos::millis(40), Nanos::millis(8)};
  config.outages = Outages{Nanos::millis(300), Nanos::millis(30)};
  return config;
}

}  // namespace

TEST_CASE("every cause has a name of its own", "[impair]") {
  for (std::size_t i = 0; i < kDropCauseCount; ++i) {
    CHECK_FALSE(kDropCauses[i].empty());
    CHECK(std::count(kDropCauses.begin(), kDropCauses.end(), kDropCauses[i]) == 1);
  }
}

TEST_CASE("the default configuration changes nothing", "[impair]") {
  Direction direction{DirectionConfig{}, 1};
  for (const Admission& fate : run(direction, 1000, Nanos{7})) {
    REQUIRE(fate.carried());
    REQUIRE(fate.dequeued_at == fate.enqueued);
    REQUIRE(fate.release_at == fate.enqueued);
    REQUIRE(fate.backlog_bytes == 0);
  }
}

TEST_CASE("the rate is kept to the nanosecond over any number of packets", "[impair][rate]") {
  const auto mbit = GENERATE(0.1, 3.7, 100.0, 9999.0, 40000.0);
  const std::uint32_t frame = GENERATE(64u, 1514u);
  DirectionConfig config;
  config.rate = BitRate::from_mbit(mbit);
  config.queue_bytes = 0;
  Direction direction{config, 1};
  const int packets = 50'000;
  const auto fates = run(direction, packets, Nanos{1}, frame);
  const double expected = packets * 8.0 * frame / mbit * 1e3;
  CHECK(std::abs(static_cast<double>(fates.back().dequeued_at.ns()) - expected) <= 1.0);
}

TEST_CASE("an idle link does not save up service", "[impair][rate]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);  // 1 byte per microsecond.
  Direction direction{config, 1};
  CHECK(direction.admit(1000, at_ms(0)).dequeued_at == at_ms(1));
  CHECK(direction.admit(1000, at_ms(50)).dequeued_at == at_ms(51));
  CHECK(direction.admit(1000, at_ms(50.5)).dequeued_at == at_ms(52));
}

TEST_CASE("the queue takes exactly its bytes and no more", "[impair][queue]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 10'000;
  Direction direction{config, 1};
  for (int i = 0; i < 10; ++i) {
    const Admission fate = direction.admit(1000, Instant{});
    REQUIRE(fate.carried());
    REQUIRE(fate.backlog_bytes == 1000u * static_cast<unsigned>(i));
  }
  CHECK(direction.backlog_bytes(Instant{}) == 10'000);
  CHECK(direction.admit(1, Instant{}).cause == DropCause::queue_full);

  // The first frame is in service until 1 ms; only then is there room, for 1000 bytes.
  CHECK(direction.admit(1000, Instant{999'999}).cause == DropCause::queue_full);
  CHECK(direction.admit(1001, at_ms(1)).cause == DropCause::queue_full);
  CHECK(direction.admit(1000, at_ms(1)).dequeued_at == at_ms(11));
  CHECK(direction.backlog_bytes(at_ms(5.5)) == 6000);
  CHECK(direction.backlog_bytes(at_ms(11)) == 0);
}

TEST_CASE("an overload of ten percent loses what the link cannot carry", "[impair][queue]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(100);
  config.queue_bytes = 60'000;
  Direction direction{config, 1};
  const Nanos gap = config.rate.time_for(1514).scaled(1 / 1.1);
  const auto fates = run(direction, 100'000, gap);
  const auto dropped = std::count_if(fates.begin(), fates.end(), [](const Admission& fate) {
    return fate.cause == DropCause::queue_full;
  });
  CHECK(std::abs(static_cast<double>(dropped) - 100'000 * (1 - 1 / 1.1)) < 50);
}

TEST_CASE("a queue without limit still ends where its memory does", "[impair][queue]") {
  DirectionConfig config;
  config.rate = BitRate{1000};
  config.queue_bytes = 0;
  Direction direction{config, 1, Instant{}, 64};
  const auto fates = run(direction, 100, Nanos{});
  CHECK(std::count_if(fates.begin(), fates.end(),
                      [](const Admission& f) { return f.cause == DropCause::memory; }) == 36);
}

TEST_CASE("fifo keeps the order whatever the jitter, reorder does not", "[impair][order]") {
  const auto kind = GENERATE(JitterKind::uniform, JitterKind::normal, JitterKind::exponential,
                             JitterKind::pareto);
  DirectionConfig config = everything();
  config.stalls = Stalls{};
  config.loss = Loss{};
  config.queue_bytes = 0;
  config.jitter = Jitter{kind, Nanos::millis(5), 3.0, Order::fifo};
  Direction fifo{config, 3};
  CHECK(in_order(run(fifo, 20'000, Nanos::micros(130))));
  config.jitter.order = Order::reorder;
  Direction reorder{config, 3};
  CHECK_FALSE(in_order(run(reorder, 20'000, Nanos::micros(130))));
}

TEST_CASE("fifo delays a packet only as far as one before it needs", "[impair][order]") {
  DirectionConfig config;
  config.delay = Nanos::millis(20);
  config.jitter = Jitter{JitterKind::exponential, Nanos::millis(10), 3.0, Order::reorder};
  Direction reorder{config, 4};
  config.jitter.order = Order::fifo;
  Direction fifo{config, 4};
  const auto free = run(reorder, 10'000, Nanos::micros(120));
  const auto kept = run(fifo, 10'000, Nanos::micros(120));
  Instant latest;
  for (std::size_t i = 0; i < free.size(); ++i) {
    latest = max(latest, free[i].release_at);
    REQUIRE(kept[i].release_at == latest);
  }
}

TEST_CASE("a stall holds delivery, not the bottleneck", "[impair][stalls]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(100);
  config.stalls = Stalls{Nanos::millis(40), Nanos::millis(20)};
  Direction direction{config, 5};
  int held = 0;
  for (const Admission& fate : run(direction, 20'000, Nanos::micros(150))) {
    REQUIRE(fate.carried());
    REQUIRE(fate.dequeued_at - fate.enqueued == config.rate.time_for(1514));
    held += fate.release_at > fate.dequeued_at;
  }
  CHECK(held > 3000);
  CHECK(held < 12'000);
}

TEST_CASE("batches leave at whole multiples of the period and at no later one than needed",
          "[impair][batches]") {
  DirectionConfig config;
  config.delay = Nanos::from_ms(10.3);
  config.batches.period = Nanos::millis(8);
  Direction direction{config, 6, at_ms(3)};
  for (const Admission& fate : run(direction, 5000, Nanos::micros(117), 1514, at_ms(3))) {
    const Nanos waited = fate.release_at - (fate.enqueued + config.delay);
    REQUIRE((fate.release_at - at_ms(3)).count() % 8'000'000 == 0);
    REQUIRE(waited >= Nanos{});
    REQUIRE(waited < config.batches.period);
  }
}

TEST_CASE("in an outage nothing is served, the queue fills, and service resumes where it stopped",
          "[impair][outages]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 100'000;
  config.outages = Outages{Nanos::millis(100), Nanos::millis(30)};
  Direction direction{config, 7};
  // Served whole in the light, to its very end.
  CHECK(direction.admit(1000, at_ms(69)).dequeued_at == at_ms(70));
  // Arrives in the dark: waits for the light.
  CHECK(direction.admit(1000, at_ms(70)).dequeued_at == at_ms(101));
  CHECK(direction.admit(1000, at_ms(99.9)).dequeued_at == at_ms(102));
  CHECK(direction.backlog_bytes(at_ms(100)) == 2000);
  // Half in this light, half in the next.
  CHECK(direction.admit(1000, at_ms(169.5)).dequeued_at == at_ms(200.5));
  // Longer than a whole period of light.
  CHECK(direction.admit(70'000, at_ms(210)).dequeued_at == at_ms(310));
  CHECK(direction.admit(80'000, at_ms(310)).dequeued_at == at_ms(420));
}

TEST_CASE("a link dark a tenth of the time carries nine tenths", "[impair][outages]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(100);
  config.queue_bytes = 1'500'000;
  config.outages = Outages{Nanos::seconds(3), Nanos::millis(300)};
  Direction direction{config, 8};
  std::int64_t bytes = 0;
  for (const Admission& fate : run(direction, 300'000, Nanos::micros(100))) {
    if (fate.carried() && fate.dequeued_at <= at_ms(30'000)) bytes += 1514;
    if (!fate.carried()) continue;
    const auto phase = fate.dequeued_at.ns() % Nanos::seconds(3).count();
    REQUIRE(phase <= Nanos::millis(2700).count());
  }
  CHECK(BitRate::of(bytes, Nanos::seconds(30)).to_mbit() == Approx(90.0).epsilon(0.001));
}

TEST_CASE("without a rate an outage still holds what arrives in it", "[impair][outages]") {
  DirectionConfig config;
  config.queue_bytes = 3000;
  config.outages = Outages{Nanos::millis(100), Nanos::millis(30)};
  Direction direction{config, 9};
  CHECK(direction.admit(1500, at_ms(10)).dequeued_at == at_ms(10));
  CHECK(direction.admit(1500, at_ms(80)).dequeued_at == at_ms(100));
  CHECK(direction.admit(1500, at_ms(90)).dequeued_at == at_ms(100));
  CHECK(direction.admit(1500, at_ms(95)).cause == DropCause::queue_full);
  CHECK(direction.admit(1500, at_ms(100)).dequeued_at == at_ms(100));
}

TEST_CASE("the same seed gives every packet the same fate", "[impair][seed]") {
  Direction one{everything(), 42};
  Direction two{everything(), 42};
  Direction other{everything(), 43};
  const auto a = run(one, 20'000, Nanos::micros(115));
  const auto b = run(two, 20'000, Nanos::micros(115));
  const auto c = run(other, 20'000, Nanos::micros(115));
  CHECK(std::equal(a.begin(), a.end(), b.begin(), same));
  CHECK_FALSE(std::equal(a.begin(), a.end(), c.begin(), same));
}

TEST_CASE("switching one model on does not reshuffle another", "[impair][seed]") {
  DirectionConfig config;
  config.delay = Nanos::millis(50);
  config.jitter = Jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder};
  Direction without{config, 44};
  config.loss.probability = 0.1;
  Direction with{config, 44};
  config.jitter = Jitter{};
  Direction loss_only{config, 44};
  const auto a = run(without, 10'000, Nanos::micros(115));
  const auto b = run(with, 10'000, Nanos::micros(115));
  const auto c = run(loss_only, 10'000, Nanos::micros(115));
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(b[i].cause == c[i].cause);
    if (b[i].carried()) REQUIRE(a[i].release_at == b[i].release_at);
  }
}

TEST_CASE("the streams of two directions have nothing in common", "[impair][seed]") {
  DirectionConfig config;
  config.delay = Nanos::millis(500);
  config.jitter = Jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder};
  std::vector<double> delays[2];
  for (std::uint64_t way = 0; way < 2; ++way) {
    Direction direction{config, stream_seed(1, way)};
    for (const Admission& fate : run(direction, 100'000, Nanos::micros(115))) {
      delays[way].push_back((fate.release_at - fate.enqueued).to_ms());
    }
  }
  CHECK(std::abs(correlation(delays[0], delays[1])) < 0.011);
}

TEST_CASE("a change while running loses nothing that was accepted", "[impair][reconfigure]") {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(8);
  config.queue_bytes = 10'000;
  Direction direction{config, 1};
  for (int i = 0; i < 10; ++i) REQUIRE(direction.admit(1000, Instant{}).carried());

  config.rate = BitRate{};
  config.queue_bytes = 20'000;
  config.delay = Nanos::millis(1);
  direction.reconfigure(config, at_ms(2));
  CHECK(direction.backlog_bytes(at_ms(2)) == 8000);
  // Behind what was accepted, though the link is now without limit.
  CHECK(direction.admit(1000, at_ms(2)).release_at == at_ms(11));
  CHECK(direction.backlog_bytes(at_ms(2)) == 9000);
  CHECK(direction.admit(1000, at_ms(20)).release_at == at_ms(21));
}

TEST_CASE("a shorter delay does not overtake unless the order rule allows it",
          "[impair][reconfigure]") {
  const auto order = GENERATE(Order::fifo, Order::reorder);
  DirectionConfig config;
  config.delay = Nanos::millis(100);
  config.jitter.order = order;
  Direction direction{config, 1};
  REQUIRE(direction.admit(1000, at_ms(0)).release_at == at_ms(100));
  config.delay = Nanos::millis(10);
  direction.reconfigure(config, at_ms(1));
  const Instant expected = order == Order::fifo ? at_ms(100) : at_ms(11);
  CHECK(direction.admit(1000, at_ms(1)).release_at == expected);
}

TEST_CASE("stalls switched off end at once for what comes after", "[impair][reconfigure]") {
  DirectionConfig config;
  config.jitter.order = Order::reorder;
  config.stalls = Stalls{Nanos{1}, Nanos::seconds(100)};
  Direction direction{config, 1};
  REQUIRE(direction.admit(1000, at_ms(1)).release_at > at_ms(1000));
  config.stalls = Stalls{};
  direction.reconfigure(config, at_ms(2));
  CHECK(direction.admit(1000, at_ms(2)).release_at == at_ms(2));
}

}  // namespace gimbal::impair
