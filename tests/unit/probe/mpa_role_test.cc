#include "probe/mpa_role.h"

#include <sys/socket.h>

#include <array>
#include <memory>

#include "support/catch.h"

using namespace gimbal::probe;

namespace {

/// A role on one end of a socket pair, the test on the other.
struct Conversation {
  Fd mine;
  Fd theirs;
  std::unique_ptr<MpaRole> role;
  MpaOptions options{.markers = true, .crc = true};

  explicit Conversation(std::size_t answer) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    mine = Fd{ends[0]};
    theirs = Fd{ends[1]};
    Request request;
    request.ask = Ask::mpa;
    request.bytes = answer;
    request.seed = 5;
    role = std::make_unique<MpaRole>(request);
  }

  void say(const std::vector<std::byte>& bytes) {
    REQUIRE(::send(mine.get(), bytes.data(), bytes.size(), 0) ==
            static_cast<ssize_t>(bytes.size()));
  }
  Progress advance() { return role->advance(theirs.get(), Clock::time_point{}); }
  std::vector<std::byte> hear() {
    std::vector<std::byte> out(200'000);
    const ssize_t n = ::recv(mine.get(), out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
  /// Agrees on the options; a reader of the role's answers.
  MpaReader start() {
    MpaStartup startup;
    startup.options = options;
    say(startup.serialize());
    CHECK(advance() == Progress::waiting);
    const auto reply = MpaStartup::parse(hear());
    REQUIRE(reply);
    CHECK(reply->reply);
    CHECK_FALSE(reply->rejected);
    CHECK(reply->options.markers);
    return MpaReader{options};
  }
};

std::vector<std::byte> request_of(std::uint64_t number, std::size_t size) {
  std::vector<std::byte> ulpdu(size);
  MpaMessage{number, MpaMessage::Status::right}.write(mpa_request_pattern(5), ulpdu);
  return ulpdu;
}

}  // namespace

TEST_CASE("each FPDU is answered in order with the bytes that belong there") {
  Conversation c{900};
  MpaReader reader = c.start();
  MpaWriter writer{c.options};
  std::vector<std::byte> stream;
  for (std::uint64_t i = 0; i < 20; ++i) writer.append(request_of(i, 300), stream);
  c.say(stream);
  CHECK(c.advance() == Progress::waiting);
  reader.feed(c.hear());
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto answer = reader.next();
    REQUIRE(answer);
    REQUIRE(answer->size() == 900);
    CHECK(MpaMessage::parse(*answer).number == i);
    CHECK(MpaMessage::parse(*answer).status == MpaMessage::Status::right);
    CHECK(MpaMessage::is_right(mpa_answer_pattern(5), *answer));
  }
  CHECK_FALSE(reader.next());
}

TEST_CASE("wrong content inside a right FPDU is reported and the stream goes on") {
  Conversation c{64};
  MpaReader reader = c.start();
  MpaWriter writer{c.options};
  std::vector<std::byte> stream;
  auto wrong = request_of(0, 100);
  wrong[50] ^= std::byte{4};
  writer.append(wrong, stream);
  writer.append(request_of(1, 100), stream);
  c.say(stream);
  CHECK(c.advance() == Progress::waiting);
  reader.feed(c.hear());
  CHECK(MpaMessage::parse(*reader.next()).status == MpaMessage::Status::wrong_content);
  CHECK(MpaMessage::parse(*reader.next()).status == MpaMessage::Status::right);
}

TEST_CASE("a broken CRC ends the stream after a last message") {
  Conversation c{64};
  MpaReader reader = c.start();
  MpaWriter writer{c.options};
  std::vector<std::byte> stream;
  writer.append(request_of(0, 100), stream);
  stream.back() ^= std::byte{1};
  c.say(stream);
  CHECK(c.advance() == Progress::done);
  reader.feed(c.hear());
  CHECK(MpaMessage::parse(*reader.next()).status == MpaMessage::Status::broken_stream);
  CHECK_FALSE(c.role->wants_read());
}

TEST_CASE("what does not begin as MPA is refused") {
  Conversation c{64};
  c.say(std::vector<std::byte>(40, std::byte{'x'}));
  CHECK(c.advance() == Progress::failed);
}
