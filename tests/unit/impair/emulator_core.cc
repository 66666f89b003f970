#include "impair/emulator_core.h"

#include <numeric>
#include <vector>

#include "fake_io.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

Instant at_us(std::int64_t us) { return Instant{} + Nanos::micros(us); }

std::uint64_t dropped(const EmulatorCounters& counters) {
  return std::accumulate(counters.dropped.begin(), counters.dropped.end(), std::uint64_t{0});
}

DirectionConfig rough() {
  DirectionConfig config;
  config.rate = BitRate::from_mbit(100);
  config.queue_bytes = 60'000;
  config.delay = Nanos::millis(20);
  config.jitter = Jitter{JitterKind::normal, Nanos::millis(5), 3.0, Order::reorder};
  config.loss.probability = 0.02;
  return config;
}

}  // namespace

TEST_CASE("a clean emulator passes every packet in the same turn, in order", "[impair][core]") {
  FakeIo io;
  EmulatorCore<FakeIo> core{io, EmulatorSettings{}, Instant{}, nullptr};
  std::vector<std::uint32_t> expected;
  for (std::uint32_t turn = 0; turn < 100; ++turn) {
    for (std::uint32_t i = 0; i < EmulatorCore<FakeIo>::kBurst; ++i) {
      const auto number = static_cast<std::uint32_t>(expected.size());
      expected.push_back(number);
      io.arrive(PortId::lan, 60 + i, number);
      io.arrive(PortId::wan, 1514, number);
    }
    CHECK(core.run_once(at_us(turn)) == 4 * EmulatorCore<FakeIo>::kBurst);
  }
  CHECK(io.sent[0] == expected);
  CHECK(io.sent[1] == expected);
  CHECK(io.in_use() == 0);
  CHECK(io.double_releases == 0);
  CHECK(core.lateness().largest() == Nanos{});
}

TEST_CASE("every packet that came in left, was dropped for a cause, or is held", "[impair][core]") {
  FakeIo io;
  EmulatorSettings settings{rough(), rough(), 7, 4000};
  TruthRing truth{1 << 16};
  EmulatorCore<FakeIo> core{io, settings, Instant{}, &truth};
  const auto check_books = [&](Instant now) {
    std::uint64_t held = 0;
    for (const auto port : {PortId::lan, PortId::wan}) {
      const EmulatorCounters counters = core.counters(port, now);
      REQUIRE(counters.received == counters.transmitted + counters.held + dropped(counters));
      held += counters.held;
    }
    REQUIRE(held == core.held());
    REQUIRE(io.in_use() == held);
  };
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const Instant now = at_us(100 * std::int64_t{i});
    io.arrive(PortId::lan, 1514, i);
    if (i % 2 == 0) io.arrive(PortId::wan, 66, i);
    core.run_once(now);
    if (i % 1000 == 0) check_books(now);
  }
  const Instant end = at_us(100 * 20'000);
  check_books(end);
  CHECK(core.held() > 100);
  while (core.held() > 0) core.run_once(core.next_due());
  check_books(end);

  const EmulatorCounters forth = core.counters(PortId::lan, end);
  CHECK(forth.received == 20'000);
  CHECK(forth.dropped[static_cast<std::size_t>(DropCause::random_loss)] > 300);
  CHECK(forth.dropped[static_cast<std::size_t>(DropCause::queue_full)] > 1000);
  CHECK(forth.dropped[static_cast<std::size_t>(DropCause::memory)] == 0);
  CHECK(io.sent[1].size() == forth.transmitted);
  CHECK(forth.transmitted_bytes == forth.transmitted * 1514);
  CHECK(io.double_releases == 0);
  CHECK(truth.lost() == 0);
}

TEST_CASE("packets leave at their time and not before", "[impair][core]") {
  FakeIo io;
  EmulatorSettings settings;
  settings.a_to_b.delay = Nanos::millis(5);
  EmulatorCore<FakeIo> core{io, settings, Instant{}, nullptr};
  io.arrive(PortId::lan, 100, 1);
  core.run_once(at_us(0));
  CHECK(core.next_due() == at_us(5000));
  core.run_once(at_us(4999));
  CHECK(io.sent[1].empty());
  core.run_once(at_us(5003));
  CHECK(io.sent[1] == std::vector<std::uint32_t>{1});
  CHECK(core.lateness().largest() == Nanos::micros(3));
}

TEST_CASE("a port without room delays packets but loses none and keeps their order",
          "[impair][core]") {
  FakeIo io;
  EmulatorCore<FakeIo> core{io, EmulatorSettings{}, Instant{}, nullptr};
  for (std::uint32_t i = 0; i < 100; ++i) io.arrive(PortId::lan, 100, i);
  io.limit_room(0);
  for (int turn = 0; turn < 10; ++turn) core.run_once(at_us(turn));
  CHECK(core.held() == 100);
  CHECK(core.next_due() == at_us(0));
  io.limit_room(7);
  for (int turn = 10; core.held() > 0; ++turn) core.run_once(at_us(turn));
  std::vector<std::uint32_t> expected(100);
  std::iota(expected.begin(), expected.end(), 0u);
  CHECK(io.sent[1] == expected);
  CHECK(core.counters(PortId::lan, at_us(100)).transmit_retries > 10);
}

TEST_CASE("spent packet memory drops the newcomer and says so", "[impair][core]") {
  FakeIo io;
  EmulatorSettings settings;
  settings.a_to_b.delay = Nanos::seconds(1);
  settings.b_to_a.delay = Nanos::seconds(1);
  settings.max_held = 50;
  EmulatorCore<FakeIo> core{io, settings, Instant{}, nullptr};
  for (std::uint32_t i = 0; i < 40; ++i) {
    io.arrive(PortId::lan, 100, i);
    io.arrive(PortId::wan, 100, i);
  }
  for (int turn = 0; turn < 3; ++turn) core.run_once(at_us(turn));
  const auto memory = static_cast<std::size_t>(DropCause::memory);
  CHECK(core.held() == 50);
  CHECK(core.counters(PortId::lan, at_us(3)).dropped[memory] +
            core.counters(PortId::wan, at_us(3)).dropped[memory] ==
        30);
  CHECK(io.in_use() == 50);
}

TEST_CASE("a stop sends what is held at once in order of release", "[impair][core]") {
  FakeIo io;
  EmulatorSettings settings;
  settings.a_to_b.delay = Nanos::seconds(5);
  EmulatorCore<FakeIo> core{io, settings, Instant{}, nullptr};
  for (std::uint32_t i = 0; i < 100; ++i) io.arrive(PortId::lan, 100, i);
  for (int turn = 0; turn < 5; ++turn) core.run_once(at_us(turn));
  REQUIRE(core.held() == 100);
  std::vector<std::uint32_t> expected(100);
  std::iota(expected.begin(), expected.end(), 0u);
  SECTION("whole, when the port has room") {
    core.flush();
    CHECK(io.sent[1] == expected);
    CHECK(core.lateness().total() == 0);
  }
  SECTION("as far as the port has room, the rest counted") {
    io.limit_room(0);
    core.flush();
    CHECK(io.sent[1].empty());
    const auto stopped = static_cast<std::size_t>(DropCause::stopped);
    CHECK(core.counters(PortId::lan, at_us(9)).dropped[stopped] == 100);
  }
  CHECK(core.held() == 0);
  CHECK(io.in_use() == 0);
  CHECK(io.double_releases == 0);
}

TEST_CASE("the truth log tells the fate of each packet, the same for the same seed",
          "[impair][core][truth]") {
  std::vector<TruthRecord> logs[2];
  for (auto& log : logs) {
    FakeIo io;
    TruthRing truth{4096};
    EmulatorCore<FakeIo> core{io, EmulatorSettings{rough(), {}, 9, 4000}, at_us(500), &truth};
    for (std::uint32_t i = 0; i < 1000; ++i) {
      io.arrive(PortId::lan, 1514, i);
      core.run_once(at_us(500 + 110 * std::int64_t{i}));
    }
    log.resize(4096);
    log.resize(truth.pop(log));
  }
  REQUIRE(logs[0].size() == 1000);
  CHECK(logs[0] == logs[1]);
  CHECK(logs[0][0].enqueued == 0);
  CHECK(logs[0][10].enqueued == 1'100'000);
  for (const TruthRecord& record : logs[0]) {
    const bool carried = record.cause == 0;
    REQUIRE((carried ? record.released >= record.dequeued : record.released == -1));
  }
}

TEST_CASE("a duplicated packet leaves twice, is told twice, and its buffer comes back once",
          "[impair][core]") {
  FakeIo io;
  EmulatorSettings settings;
  settings.a_to_b.duplication = 1.0;
  settings.max_held = 3;
  TruthRing truth{16};
  EmulatorCore<FakeIo> core{io, settings, Instant{}, &truth};
  settings.a_to_b.delay = Nanos::millis(1);
  core.reconfigure(PortId::lan, settings.a_to_b, Instant{});
  for (std::uint32_t i = 0; i < 3; ++i) io.arrive(PortId::lan, 100, i);
  core.run_once(at_us(0));
  core.run_once(at_us(1000));
  // Room for three: the second packet goes without a copy, the third not at all.
  CHECK(io.sent[1] == std::vector<std::uint32_t>{0, 0, 1});
  CHECK(io.in_use() == 0);
  CHECK(io.double_releases == 0);
  const EmulatorCounters counters = core.counters(PortId::lan, at_us(1000));
  CHECK(counters.received + counters.duplicated == counters.transmitted + dropped(counters));
  std::array<TruthRecord, 8> told;
  REQUIRE(truth.pop(told) == 4);
  CHECK(told[0].marks == kMarkDuplicated);
  CHECK(told[1].marks == kMarkCopy);
  CHECK(told[2].marks == 0);
  CHECK(told[3].cause == static_cast<std::uint8_t>(DropCause::memory));
}

}  // namespace gimbal::impair
