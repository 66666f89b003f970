#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include "capture_recorder.h"
#include "fake_io.h"
#include "frames.h"
#include "impair/emulator_core.h"
#include "io_pcap/pcap_file.h"
#include "support/catch.h"
#include "temporary_folder.h"

namespace gimbal::impair {
namespace {

using Shows = CaptureRing::Shows;

TruthRecord record_number(std::int64_t number) {
  TruthRecord record;
  record.enqueued = number;
  record.released = number + 1'000'000;
  record.frame_bytes = 100;
  return record;
}

void put(CaptureRing& ring, std::int64_t number, std::size_t size) {
  const Bytes bytes(size, static_cast<std::byte>(number));
  ring.begin(bytes);
  ring.commit(record_number(number), Shows::both);
}

/// Files of this process end at `bytes`; beyond, the disk is full.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::vector<Instant> stamps(const std::string& file) {
  auto reader = PcapReader::open(file);
  REQUIRE(reader.ok());
  std::vector<Instant> out;
  while (const auto frame = reader.value().next()) out.push_back(frame->at);
  CHECK(reader.value().damage().empty());
  return out;
}

}  // namespace

TEST_CASE("frames cross threads whole and in order, and what finds no room is counted",
          "[impair][capture]") {
  constexpr std::int64_t kCount = 100'000;
  CaptureRing ring{1 << 16, 1600};
  std::atomic<bool> done{false};
  const auto size_of = [](std::int64_t i) { return static_cast<std::size_t>(i * 7919 % 1700); };
  std::thread producer{[&] {
    for (std::int64_t i = 0; i < kCount; ++i) put(ring, i, size_of(i));
    done = true;
  }};
  std::int64_t seen = 0;
  std::int64_t last = -1;
  bool whole = true;
  for (;;) {
    const bool ended = done;
    const auto frame = ring.pop();
    if (!frame) {
      if (ended) break;
      continue;
    }
    const std::int64_t number = frame->record.enqueued;
    whole = whole && number > last &&
            frame->bytes.size() == std::min<std::size_t>(size_of(number), 1600) &&
            std::all_of(frame->bytes.begin(), frame->bytes.end(),
                        [&](std::byte b) { return b == static_cast<std::byte>(number); });
    last = number;
    ++seen;
  }
  producer.join();
  CHECK(whole);
  CHECK(seen > 0);
  CHECK(seen + static_cast<std::int64_t>(ring.lost()) == kCount);
}

TEST_CASE("a full ring loses the newest frames, a closed one copies and counts nothing",
          "[impair][capture]") {
  CaptureRing ring{4096, 1000};
  for (int i = 0; i < 10; ++i) put(ring, i, 976);  // 1,024 bytes each with their head.
  CHECK(ring.lost() == 6);
  for (int i = 0; i < 4; ++i) CHECK(ring.pop()->record.enqueued == i);
  CHECK_FALSE(ring.pop());
  put(ring, 10, 976);
  CHECK(ring.pop()->record.enqueued == 10);
  ring.close();
  put(ring, 11, 976);
  CHECK_FALSE(ring.pop());
  CHECK(ring.lost() == 6);
}

TEST_CASE("the core shows every packet as it arrived, and as it left where that differs",
          "[impair][capture]") {
  EmulatorSettings settings;
  settings.a_to_b.corruption = Corruption{0.5, 3, false};
  settings.a_to_b.loss.probability = 0.3;
  FakeIo io;
  CaptureRing ring{1 << 20, 1500};
  EmulatorCore<FakeIo> core{io, settings, Instant{}, nullptr};
  const auto run = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      io.arrive(PortId::lan, 200, static_cast<std::uint32_t>(i));
      core.run_once(Instant{} + Nanos::micros(i));
    }
  };
  run(0, 100);
  core.capture_to(&ring);
  run(100, 1100);
  core.capture_to(nullptr);
  run(1100, 1200);

  const EmulatorCounters counters = core.counters(PortId::lan, Instant{});
  int arrived = 0;
  int lost = 0;
  int changed = 0;
  Bytes before;
  while (const auto frame = ring.pop()) {
    if (frame->shows != Shows::departure) {
      ++arrived;
      lost += frame->record.cause != 0;
      before.assign(frame->bytes.begin(), frame->bytes.end());
      CHECK(frame->record.enqueued == (99 + arrived) * 1000);
      continue;
    }
    ++changed;
    CHECK((frame->record.marks & kMarkCorrupted) != 0);
    CHECK(Bytes{frame->bytes.begin(), frame->bytes.end()} != before);
  }
  CHECK(arrived == 1000);
  CHECK(lost > 200);
  CHECK(changed > 200);
  CHECK(counters.received == 1200);
  CHECK(counters.transmitted + counters.dropped[1] == 1200);
}

TEST_CASE("a capture holds both ports in order of time, or the one that was asked for",
          "[impair][capture]") {
  TemporaryFolder folder;
  // Ahead of this machine's clock: of what is put here nothing has settled, however long it takes.
  constexpr std::int64_t kEpoch = 4'000'000'000'000'000'000;
  for (const auto& [sides, wanted] : {std::pair{Sides::both, 200u}, {Sides::a, 100u}}) {
    CaptureOptions options;
    options.file = folder.path("live.pcapng");
    options.sides = sides;
    auto recorder = CaptureRecorder::start(options, kEpoch);
    REQUIRE(recorder.ok());
    for (int i = 0; i < 100; ++i) put(recorder.value()->ring(), 50'000 * i, 100);
    recorder.value()->stop();
    CHECK(recorder.value()->state() == CaptureRecorder::State::stopped);
    CHECK(recorder.value()->frames() == wanted);
    const auto at = stamps(options.file);
    CHECK(at.size() == wanted);
    CHECK(std::is_sorted(at.begin(), at.end()));
    CHECK(at.front() == Instant{kEpoch});
    const std::string text = folder.read("live.pcapng");
    CHECK(text.find("in, carried: 1.000 ms") != std::string::npos);
    CHECK((text.find("out, carried: 1.000 ms") != std::string::npos) == (sides == Sides::both));
  }
}

TEST_CASE("a capture ends when it has enough, and a file that is there stays when asked",
          "[impair][capture]") {
  TemporaryFolder folder;
  CaptureOptions options;
  options.file = folder.path("some.pcapng");
  options.packets = 10;
  options.sides = Sides::a;
  options.existing = PcapngWriter::Existing::refuse;
  auto recorder = CaptureRecorder::start(options, 0);
  REQUIRE(recorder.ok());
  for (int i = 0; i < 100; ++i) put(recorder.value()->ring(), i, 100);
  recorder.value()->stop();
  CHECK(recorder.value()->state() == CaptureRecorder::State::complete);
  CHECK(stamps(options.file).size() == 10);
  const auto again = CaptureRecorder::start(options, 0);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message() == options.file + ": cannot create: File exists");
}

TEST_CASE("a disk that fills ends the capture, not the packets", "[impair][capture]") {
  TemporaryFolder folder;
  CaptureOptions options;
  options.file = "/dev/full";
  const auto refused = CaptureRecorder::start(options, 0);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message() == "/dev/full: cannot write: No space left on device");

  options.file = folder.path("big.pcapng");
  const SmallDisk disk{100'000};
  auto recorder = CaptureRecorder::start(options, 0);
  REQUIRE(recorder.ok());
  for (int i = 0; i < 1000; ++i) put(recorder.value()->ring(), i, 1000);
  recorder.value()->stop();
  CHECK(recorder.value()->state() == CaptureRecorder::State::disk_full);
  CHECK(recorder.value()->frames() > 50);
  CHECK(recorder.value()->frames() < 150);
  CHECK(recorder.value()->lost() == 0);
}

}  // namespace gimbal::impair
