#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "impair/flow_hash.h"
#include "impair/truth_file.h"
#include "impair/truth_log.h"
#include "impair/truth_summary.h"
#include "support/catch.h"

namespace gimbal::impair {
namespace {

class TemporaryFile {
 public:
  TemporaryFile() {
    char name[] = "/tmp/gimbal-truth-XXXXXX";
    close(mkstemp(name));
    path = name;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string path;
};

TruthRecord record(std::int64_t enqueued, std::int64_t released, DropCause cause = DropCause::none,
                   std::uint8_t from = 0) {
  TruthRecord out;
  out.enqueued = enqueued;
  out.dequeued = released;
  out.released = released;
  out.frame_bytes = 100;
  out.cause = static_cast<std::uint8_t>(cause);
  out.from = from;
  return out;
}

std::vector<TruthRecord> read_all(TruthReader& reader) {
  std::vector<TruthRecord> out(100);
  out.resize(reader.read(out));
  return out;
}

}  // namespace

TEST_CASE("a truth log is read back as it was written", "[impair][truth]") {
  const TemporaryFile file;
  const std::vector<TruthRecord> written{record(1, 5), record(2, -1, DropCause::queue_full),
                                         record(3, 9, DropCause::none, 1)};
  {
    auto writer = TruthWriter::create(file.path, 77);
    REQUIRE(writer.ok());
    REQUIRE(writer.value().append(written));
    REQUIRE(writer.value().close(4));
  }
  auto reader = TruthReader::open(file.path);
  REQUIRE(reader.ok());
  CHECK(reader.value().head().seed == 77);
  CHECK(reader.value().head().records == 3);
  CHECK(reader.value().head().lost == 4);
  CHECK(reader.value().head().closed == 1);
  CHECK(read_all(reader.value()) == written);
}

TEST_CASE("the log of a killed run is readable up to its last whole record", "[impair][truth]") {
  const TemporaryFile file;
  {
    auto writer = TruthWriter::create(file.path, 1);
    const std::vector<TruthRecord> records(3, record(1, 2));
    REQUIRE(writer.value().append(records));
  }
  REQUIRE(truncate(file.path.c_str(), sizeof(TruthFileHead) + 2 * sizeof(TruthRecord) + 7) == 0);
  auto reader = TruthReader::open(file.path);
  REQUIRE(reader.ok());
  CHECK(reader.value().head().closed == 0);
  CHECK(read_all(reader.value()).size() == 2);
}

TEST_CASE("what is no truth log is refused with its path", "[impair][truth]") {
  const TemporaryFile file;
  const auto empty = TruthReader::open(file.path);
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().where == file.path);
  CHECK_FALSE(TruthReader::open("/nonexistent/file").ok());
  CHECK_FALSE(TruthWriter::create("/nonexistent/file", 1).ok());
}

TEST_CASE("a full disk loses records, counts them and leaves the program running",
          "[impair][truth]") {
  auto full = TruthWriter::create("/dev/full", 1);
  CHECK_FALSE(full.ok());
}

TEST_CASE("a full ring loses the newest records and counts them", "[impair][truth]") {
  TruthRing ring{4};
  for (std::int64_t i = 0; i < 7; ++i) ring.push(record(i, i));
  CHECK(ring.lost() == 3);
  std::array<TruthRecord, 8> out;
  REQUIRE(ring.pop(out) == 4);
  CHECK(out[0].enqueued == 0);
  CHECK(out[3].enqueued == 3);
  ring.push(record(9, 9));
  REQUIRE(ring.pop(out) == 1);
  CHECK(out[0].enqueued == 9);
}

TEST_CASE("records cross threads whole, in order, each exactly once", "[impair][truth]") {
  constexpr std::int64_t kCount = 200'000;
  TruthRing ring{1024};
  std::thread packet_path{[&ring] {
    for (std::int64_t i = 0; i < kCount; ++i) ring.push(record(i, i + 1));
  }};
  std::int64_t seen = 0;
  std::int64_t last = -1;
  std::array<TruthRecord, 64> out;
  while (last < kCount - 1 && seen + static_cast<std::int64_t>(ring.lost()) < kCount) {
    const std::size_t count = ring.pop(out);
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE(out[i].enqueued > last);
      REQUIRE(out[i].released == out[i].enqueued + 1);
      last = out[i].enqueued;
      ++seen;
    }
  }
  packet_path.join();
  while (const std::size_t count = ring.pop(out)) seen += static_cast<std::int64_t>(count);
  CHECK(seen + static_cast<std::int64_t>(ring.lost()) == kCount);
}

TEST_CASE("the summary counts causes, delays and reordering per direction", "[impair][truth]") {
  TruthSummary summary;
  // Sent 0 1 2 3 4, leaving 1 2 0 4 3: 0 is two places late, 3 one.
  const std::int64_t released[] = {130, 110, 120, 150, 140};
  for (std::int64_t i = 0; i < 5; ++i) summary.add(record(i, released[i]));
  summary.add(record(6, -1, DropCause::random_loss));
  summary.add(record(7, 9, DropCause::none, 1));
  summary.add(record(8, 9, DropCause::none, 5));
  const DirectionSummary forth = summary.summarise(PortId::lan);
  CHECK(forth.packets == 6);
  CHECK(forth.bytes == 600);
  CHECK(forth.by_cause[static_cast<std::size_t>(DropCause::random_loss)] == 1);
  CHECK(forth.reordered == 2);
  CHECK(forth.extent_max == 2);
  CHECK(forth.delay_min == Nanos{109});
  CHECK(forth.delay_p50 == Nanos{130});
  CHECK(forth.delay_max == Nanos{147});
  const DirectionSummary back = summary.summarise(PortId::wan);
  CHECK(back.packets == 1);
  CHECK(back.delay_p999 == Nanos{2});
  CHECK(summary.damaged() == 1);
}

TEST_CASE("equal release times are not reordering", "[impair][truth]") {
  TruthSummary summary;
  for (std::int64_t i = 0; i < 5; ++i) summary.add(record(i, 100));
  CHECK(summary.summarise(PortId::lan).reordered == 0);
}

TEST_CASE("a flow has one hash both ways and shares it with no neighbour", "[impair][truth]") {
  std::vector<std::byte> frame(54);
  const auto put = [&frame](std::size_t at, std::initializer_list<int> bytes) {
    for (const int byte : bytes) frame[at++] = static_cast<std::byte>(byte);
  };
  put(12, {0x08, 0x00, 0x45});
  put(23, {6});
  put(26, {10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x00, 0x50});
  const auto forth = hash_flow(frame);
  CHECK(forth != 0);
  put(26, {10, 0, 0, 2, 10, 0, 0, 1, 0x00, 0x50, 0x1f, 0x90});
  CHECK(hash_flow(frame) == forth);
  put(37, {0x91});
  CHECK(hash_flow(frame) != forth);
  put(12, {0x08, 0x06});
  CHECK(hash_flow(frame) == 0);
  for (std::size_t length = 0; length < frame.size(); ++length) {
    put(12, {0x08, 0x00});
    static_cast<void>(hash_flow(std::span{frame}.first(length)));
  }
}

}  // namespace gimbal::impair
