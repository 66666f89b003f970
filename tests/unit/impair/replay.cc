#include "replay.h"

#include "base/rng.h"
#include "frames.h"
#include "impair/truth_file.h"
#include "io_pcap/pcap_file.h"
#include "support/catch.h"
#include "temporary_folder.h"

namespace gimbal::impair {
namespace {

/// Everything at once, with a timeline, so that nothing that decides a fate is left out.
EmulatorConfig everything(std::uint64_t seed = 7) {
  auto document = nlohmann::json::parse(R"({
    "ports": {"a": {"device": "iface:a"}, "b": {"device": "iface:b"}},
    "a_to_b": {"trace": {"intervals": [[0, 60], [0.2, 0], [0.25, 90]], "period_s": 0.5},
      "queue_kbytes": 200, "aqm": {"kind": "codel", "ecn": true},
      "jitter": {"kind": "pareto_normal", "ms": 2, "order": "reorder", "correlation": 0.5},
      "delay_ms": 8, "loss": {"kind": "gilbert_elliott", "p_percent": 0.5, "r_percent": 30},
      "duplicate_percent": 1, "corrupt": {"percent": 1, "repair_checksum": true},
      "steps": {"every_ms": 300, "low_ms": 0, "high_ms": 5},
      "classes": [{"match": {"port": 2001}, "delay_ms": 1,
                   "regimes": [{"mean_ms": 20}, {"mean_ms": 5, "delay_ms": 20}]}]},
    "b_to_a": {"delay_ms": 8, "hold": {"every_ms": 50, "lasting_ms": 5},
      "stalls": {"every_ms": 40, "lasting_ms": 5}, "reorder_gap": {"every": 9, "percent": 50}},
    "timeline": [{"at_s": 0.3, "a_to_b": {"delay_ms": 20}},
                 {"at_s": 0.6, "b_to_a": {"loss": {"kind": "bernoulli", "percent": 3}}}]})");
  document["seed"] = seed;
  auto config = read_emulator_config(std::move(document));
  REQUIRE(config.ok());
  return std::move(config.value());
}

void write_capture(const std::string& path, int frames) {
  auto writer = PcapWriter::create(path);
  REQUIRE(writer.ok());
  Rng luck{3};
  Instant now{1'700'000'000'000'000'000};
  for (int i = 0; i < frames; ++i) {
    now = now + Nanos{static_cast<std::int64_t>(luck.next() % 200'000)};
    Bytes frame = udp_frame(Bytes(20 + luck.next() % 1400), i % 5 == 0 ? 2001 : 2000);
    if (i % 3 == 2) std::swap(frame[5], frame[11]);  // The other end.
    writer.value().write(now, frame);
  }
  REQUIRE(writer.value().flush());
}

}  // namespace

TEST_CASE("the same capture, scenario and seed give the same truth and the same packets",
          "[impair][replay]") {
  TemporaryFolder folder;
  write_capture(folder.path("in.pcap"), 10'000);
  const auto run = [&](const std::string& name, std::uint64_t seed) {
    ReplayOptions options;
    options.capture = folder.path("in.pcap");
    options.truth = folder.path(name + ".truth");
    options.out = folder.path(name + ".pcap");
    options.annotated = folder.path(name + ".pcapng");
    const auto done = replay(everything(seed), options);
    REQUIRE(done.ok());
    return done.value();
  };
  const ReplaySummary one = run("one", 7);
  run("two", 7);
  run("other", 8);
  CHECK(folder.read("one.truth").size() > 10'000 * sizeof(TruthRecord));
  CHECK(folder.read("one.truth") == folder.read("two.truth"));
  CHECK(folder.read("one.pcap") == folder.read("two.pcap"));
  CHECK(folder.read("one.pcapng") == folder.read("two.pcapng"));
  CHECK(folder.read("one.truth") != folder.read("other.truth"));

  for (const EmulatorCounters& way : one.ways) {
    std::uint64_t dropped = 0;
    for (const std::uint64_t count : way.dropped) dropped += count;
    CHECK(way.received + way.duplicated == way.transmitted + dropped);
    CHECK(way.held == 0);
  }
  CHECK(one.ways[0].received > 6000);
  CHECK(one.ways[1].received > 3000);
  CHECK(one.ways[0].duplicated > 20);
  CHECK(one.ways[0].corrupted > 20);
  CHECK(one.ways[0].by_lane[1] > 1000);
  CHECK(one.refused == 0);
}

TEST_CASE("both sides are captured, each packet with its fate", "[impair][replay]") {
  TemporaryFolder folder;
  write_capture(folder.path("in.pcap"), 500);
  ReplayOptions options;
  options.capture = folder.path("in.pcap");
  options.annotated = folder.path("fates.pcapng");
  const auto done = replay(everything(), options);
  REQUIRE(done.ok());
  auto reader = PcapReader::open(options.annotated);
  REQUIRE(reader.ok());
  std::uint64_t frames = 0;
  while (reader.value().next()) ++frames;
  CHECK(reader.value().damage().empty());
  const auto& [forth, back] = done.value().ways;
  CHECK(frames == forth.received + forth.transmitted + back.received + back.transmitted);
  const std::string text = folder.read("fates.pcapng");
  CHECK(text.find("in, carried: ") != std::string::npos);
  CHECK(text.find("out, carried: ") != std::string::npos);
  CHECK(text.find(", class 1") != std::string::npos);
}

TEST_CASE("a disk that is full or a capture that is none is said", "[impair][replay]") {
  TemporaryFolder folder;
  write_capture(folder.path("in.pcap"), 2000);
  ReplayOptions options;
  options.capture = folder.path("in.pcap");
  options.truth = "/dev/full";
  auto done = replay(everything(), options);
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().where == "/dev/full");
  options.truth.clear();
  options.annotated = "/dev/full";
  CHECK_FALSE(replay(everything(), options).ok());
  options.annotated.clear();
  options.capture = folder.path("gone.pcap");
  CHECK_FALSE(replay(everything(), options).ok());
  folder.write("text.pcap", "not a capture");
  options.capture = folder.path("text.pcap");
  CHECK_FALSE(replay(everything(), options).ok());
}

}  // namespace gimbal::impair
