// What the first steps of the packet path cost: read a frame, verify it, find its flow, arm a
// timer.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "flow/flow_table.h"
#include "flow/timer_wheel.h"
#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/edit.h"
#include "wire/frame.h"

namespace gimbal {
namespace {

using Bytes = std::vector<std::byte>;
constexpr std::size_t kBurst = 32;

Segment ack_number(std::uint32_t number) {
  Segment s;
  s.source = {IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 24),
                            static_cast<std::uint8_t>(number >> 16)),
              static_cast<std::uint16_t>(number)};
  s.destination = {IpAddress::v4(192, 168, 0, 1), 443};
  s.flags.ack = true;
  s.options.has_timestamps = true;
  return s;
}

Bytes frame_of(const Segment& meaning) {
  Bytes frame(kMaxBuiltHeader + meaning.payload_length);
  frame.resize(build_segment_frame(frame, meaning));
  return frame;
}

/// A burst of frames of different flows, so that nothing is learned by heart.
std::vector<Bytes> burst_of(std::uint32_t payload, std::uint8_t sack_blocks) {
  std::vector<Bytes> frames;
  for (std::uint32_t i = 0; i < kBurst; ++i) {
    Segment s = ack_number(i * 977);
    s.payload_length = payload;
    s.options.sack_count = sack_blocks;
    frames.push_back(frame_of(s));
  }
  return frames;
}

void per_packet(benchmark::State& state) {
  state.counters["per_packet"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kBurst,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void parse_frames(benchmark::State& state) {
  const auto frames = burst_of(0, static_cast<std::uint8_t>(state.range(0)));
  std::array<Segment, kBurst> segments;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBurst; ++i) {
      benchmark::DoNotOptimize(parse_frame(frames[i], segments[i]));
    }
    benchmark::ClobberMemory();
  }
  per_packet(state);
}
BENCHMARK(parse_frames)->ArgName("sack_blocks")->Arg(0)->Arg(3);

void verify_checksum(benchmark::State& state) {
  const auto frames = burst_of(static_cast<std::uint32_t>(state.range(0)), 0);
  std::array<Segment, kBurst> segments;
  for (std::size_t i = 0; i < kBurst; ++i) {
    if (parse_frame(frames[i], segments[i]) != FrameKind::tcp) state.SkipWithError("not TCP");
  }
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBurst; ++i) {
      benchmark::DoNotOptimize(tcp_checksum_ok(frames[i], segments[i]));
    }
  }
  per_packet(state);
}
BENCHMARK(verify_checksum)->ArgName("payload")->Arg(0)->Arg(1448)->Arg(8948);

void edit_window(benchmark::State& state) {
  Bytes frame = frame_of(ack_number(1));
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp) state.SkipWithError("not TCP");
  std::uint16_t window = 0;
  for (auto _ : state) {
    apply_window(frame, segment, ++window);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(edit_window);

void key_and_hash(benchmark::State& state) {
  std::array<Segment, kBurst> segments;
  for (std::uint32_t i = 0; i < kBurst; ++i) segments[i] = ack_number(i * 977);
  for (auto _ : state) {
    for (const Segment& segment : segments) {
      bool reversed = false;
      benchmark::DoNotOptimize(hash(make_flow_key(segment, reversed), 42));
    }
  }
  per_packet(state);
}
BENCHMARK(key_and_hash);

struct BenchFlow {
  FlowKey key;
  std::uint32_t hash{0};
  std::array<std::uint64_t, 26> state{};
};
static_assert(sizeof(BenchFlow) == 256);

/// Flows in random order, a burst at a time, as the pipeline looks them up.
void find_flows(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const bool staged = state.range(1) != 0;
  FlowTable<BenchFlow> table{count};
  struct Wanted {
    FlowKey key;
    std::uint32_t hash;
  };
  std::vector<Wanted> wanted;
  bool reversed = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    const FlowKey key = make_flow_key(ack_number(i), reversed);
    wanted.push_back({key, hash(key, 42)});
    if (table.insert(key, wanted.back().hash) == nullptr) state.SkipWithError("full");
  }
  Rng rng{1};
  for (std::size_t i = wanted.size() - 1; i > 0; --i) {
    std::swap(wanted[i], wanted[rng.next() % (i + 1)]);
  }
  std::size_t next = 0;
  for (auto _ : state) {
    if (next + kBurst > wanted.size()) next = 0;
    const Wanted* burst = &wanted[next];
    next += kBurst;
    if (staged) {
      for (std::size_t i = 0; i < kBurst; ++i) table.prefetch(burst[i].hash);
      for (std::size_t i = 0; i < kBurst; ++i) table.prefetch_flow(burst[i].hash);
    }
    for (std::size_t i = 0; i < kBurst; ++i) {
      benchmark::DoNotOptimize(table.find(burst[i].key, burst[i].hash));
    }
  }
  per_packet(state);
}
BENCHMARK(find_flows)
    ->ArgNames({"flows", "prefetch"})
    ->ArgsProduct({{1'000, 100'000, 1'000'000}, {0, 1}});

/// Every packet moves its flow's timer; time passes 10 us a burst.
void move_timers(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  TimerWheel wheel{count};
  Rng rng{2};
  Instant now{};
  for (auto _ : state) {
    now = now + Nanos::micros(10);
    for (std::size_t i = 0; i < kBurst; ++i) {
      const auto bits = rng.next();
      wheel.schedule(static_cast<std::uint32_t>(bits % count),
                     now + Nanos{static_cast<std::int64_t>(bits >> 36)});
    }
    wheel.advance(now, [](std::uint32_t index) { benchmark::DoNotOptimize(index); });
  }
  per_packet(state);
}
BENCHMARK(move_timers)->ArgName("flows")->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace gimbal

BENCHMARK_MAIN();
