#include "io_pcap/pcap_io.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.h"

namespace gimbal {
namespace {

using Frame = std::vector<std::byte>;

/// A path of its own, removed at the end of the test.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name = "/tmp/gimbal-pcap-XXXXXX";
    const int descriptor = mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    close(descriptor);
    path_ = name;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// First byte 1: from the lan; the rest tells frames apart.
Frame frame(int from_lan, int mark, std::size_t length = 60) {
  Frame bytes(length, static_cast<std::byte>(mark));
  bytes[0] = static_cast<std::byte>(from_lan);
  return bytes;
}

PortId by_first_byte(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{1} ? PortId::lan : PortId::wan;
}

struct Stamped {
  Instant at;
  Frame bytes;
};

void save(const std::string& path, const std::vector<Stamped>& frames) {
  auto writer = PcapWriter::create(path);
  REQUIRE(writer.ok());
  for (const auto& [at, bytes] : frames) writer.value().write(at, bytes);
  REQUIRE(writer.value().flush());
}

PcapIo open(const std::string& path, PcapWriter* output = nullptr, std::size_t packets = 16) {
  auto reader = PcapReader::open(path);
  REQUIRE(reader.ok());
  return PcapIo{std::move(reader.value()), by_first_byte, packets, output};
}

TEST_CASE("a written capture reads back bit for bit, to the nanosecond") {
  const TemporaryFile file;
  const Instant at{1'700'000'000'123'456'789};
  save(file.path(), {{at, frame(1, 7, 61)}});

  auto reader = PcapReader::open(file.path());
  REQUIRE(reader.ok());
  const auto read = reader.value().next();
  REQUIRE(read);
  CHECK(read->at == at);
  CHECK(Frame(read->bytes.begin(), read->bytes.end()) == frame(1, 7, 61));
  CHECK(read->wire_length == 61);
  CHECK_FALSE(reader.value().next());
  CHECK(reader.value().damage().empty());
}

TEST_CASE("a frame arrives on its port once the clock reaches its stamp") {
  const TemporaryFile file;
  save(file.path(), {{Instant{100}, frame(1, 1)}, {Instant{200}, frame(0, 2)}});
  PcapIo io = open(file.path());
  std::array<Packet, 8> burst;

  CHECK(io.next_arrival() == Instant{100});
  io.advance(Instant{99});
  CHECK(io.receive(PortId::lan, burst) == 0);
  io.advance(Instant{100});
  CHECK(io.receive(PortId::wan, burst) == 0);
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(burst[0].port == PortId::lan);
  CHECK(burst[0].data[1] == std::byte{1});
  io.release(burst[0]);

  CHECK(io.next_arrival() == Instant{200});
  io.advance(Instant{250});
  REQUIRE(io.receive(PortId::wan, burst) == 1);
  io.release(burst[0]);
  CHECK_FALSE(io.next_arrival());
  CHECK(io.pool().in_use() == 0);
}

TEST_CASE("frames of one stamp keep the capture's order across ports") {
  const TemporaryFile file;
  save(file.path(),
       {{Instant{5}, frame(1, 1)}, {Instant{5}, frame(0, 2)}, {Instant{5}, frame(1, 3)}});
  PcapIo io = open(file.path());
  io.advance(Instant{5});
  std::array<Packet, 8> burst;
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(burst[0].data[1] == std::byte{1});
  REQUIRE(io.receive(PortId::wan, burst) == 1);
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(burst[0].data[1] == std::byte{3});
}

TEST_CASE("a stamp that steps back does not turn the clock back") {
  const TemporaryFile file;
  save(file.path(), {{Instant{900}, frame(1, 1)}, {Instant{800}, frame(1, 2)}});
  PcapIo io = open(file.path());
  std::array<Packet, 1> burst;
  io.advance(Instant{900});
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(io.next_arrival() == Instant{900});
  CHECK(io.receive(PortId::lan, burst) == 1);
}

TEST_CASE("what is transmitted is stamped with the clock and given back") {
  const TemporaryFile in;
  const TemporaryFile out;
  save(in.path(), {{Instant{10}, frame(1, 1, 99)}});
  auto writer = PcapWriter::create(out.path());
  REQUIRE(writer.ok());
  PcapIo io = open(in.path(), &writer.value());
  io.advance(Instant{10});
  std::array<Packet, 1> burst;
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  io.advance(Instant{4'010});
  REQUIRE(io.transmit(PortId::wan, burst) == 1);
  CHECK(io.pool().in_use() == 0);
  CHECK(io.transmitted(PortId::wan) == 1);
  REQUIRE(writer.value().flush());

  auto reader = PcapReader::open(out.path());
  REQUIRE(reader.ok());
  const auto read = reader.value().next();
  REQUIRE(read);
  CHECK(read->at == Instant{4'010});
  CHECK(Frame(read->bytes.begin(), read->bytes.end()) == frame(1, 1, 99));
}

TEST_CASE("a frame that finds the pool spent is counted and the next one still comes") {
  const TemporaryFile file;
  save(file.path(),
       {{Instant{1}, frame(1, 1)}, {Instant{2}, frame(1, 2)}, {Instant{3}, frame(1, 3)}});
  PcapIo io = open(file.path(), nullptr, 1);
  std::array<Packet, 4> burst;
  io.advance(Instant{2});
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(io.refused() == 1);
  io.release(burst[0]);
  io.advance(Instant{3});
  REQUIRE(io.receive(PortId::lan, burst) == 1);
  CHECK(burst[0].data[1] == std::byte{3});
}

TEST_CASE("a capture torn in the middle ends there and says so") {
  const TemporaryFile file;
  save(file.path(), {{Instant{1}, frame(1, 1)}, {Instant{2}, frame(1, 2)}});
  REQUIRE(truncate(file.path().c_str(), 24 + 16 + 60 + 16 + 30) == 0);
  auto reader = PcapReader::open(file.path());
  REQUIRE(reader.ok());
  CHECK(reader.value().next());
  CHECK_FALSE(reader.value().next());
  CHECK_FALSE(reader.value().damage().empty());
}

TEST_CASE("what is no capture is refused with its path") {
  const TemporaryFile file;
  std::ofstream{file.path()} << "not a capture at all, whatever its name";
  const auto reader = PcapReader::open(file.path());
  REQUIRE_FALSE(reader.ok());
  CHECK(reader.error().where == file.path());
  CHECK_FALSE(PcapReader::open("/nonexistent/capture.pcap").ok());
  CHECK_FALSE(PcapWriter::create("/nonexistent/capture.pcap").ok());
}

TEST_CASE("a capture that is not Ethernet is refused") {
  const TemporaryFile file;
  save(file.path(), {});
  std::fstream header{file.path(), std::ios::in | std::ios::out | std::ios::binary};
  header.seekp(20);
  header.put(101);  // LINKTYPE_RAW
  header.close();
  const auto reader = PcapReader::open(file.path());
  REQUIRE_FALSE(reader.ok());
  CHECK(reader.error().what.find("not an Ethernet capture") != std::string::npos);
}

}  // namespace
}  // namespace gimbal
