#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <map>
#include <set>
#include <string>

#include "loopback.h"
#include "probe/http2_role.h"
#include "probe/http2_session.h"
#include "support/catch.h"

using namespace gimbal::probe;

namespace {

constexpr std::string_view kWholePreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";  // RFC 9113 3.4.

/// The first bytes a client of `workload` puts on the wire; then its server is gone.
std::string first_bytes(const std::string& workload, const std::string& options) {
  std::string seen;
  {
    const OddServer server{[&](Fd listener) {
      const Fd client{::accept(listener.get(), nullptr, nullptr)};
      listener.close();
      std::array<char, kWholePreface.size()> block{};
      const ssize_t n = ::recv(client.get(), block.data(), block.size(), MSG_WAITALL);
      if (n > 0) seen.assign(block.data(), static_cast<std::size_t>(n));
    }};
    const auto ran = run_against(server.address(), workload, options);
    CHECK_FALSE((ran && ran.value().clean()));
  }
  return seen;
}

/// Until the socket can be read, or written if `writes`.
void await(int fd, bool writes) {
  pollfd wait{fd, static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0};
  ::poll(&wait, 1, 1000);
}

/// The first connection of a listener, non-blocking.
Fd accept_one(const Fd& listener) {
  Fd client{::accept(listener.get(), nullptr, nullptr)};
  ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
  return client;
}

/// A gRPC server of its own on libnghttp2's session: keeps what the requests said.
class Eavesdropper final : public Http2Listener {
 public:
  using Fields = std::map<std::string, std::string, std::less<>>;

  void serve(int fd) {
    while (session_.advance(fd)) await(fd, session_.wants_write());
  }
  [[nodiscard]] const std::map<std::int32_t, Fields>& requests() const { return requests_; }
  [[nodiscard]] std::size_t most_at_once() const { return most_at_once_; }
  [[nodiscard]] const std::string& first_body() const { return first_body_; }

  void on_header(std::int32_t stream, std::string_view name, std::string_view value) override {
    requests_[stream].emplace(name, value);
    open_.insert(stream);
    most_at_once_ = std::max(most_at_once_, open_.size());
  }
  void on_data(std::int32_t stream, std::span<const std::byte> data) override {
    if (stream == 1) first_body_.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  void on_end(std::int32_t stream) override {
    const auto request = from_hex(requests_[stream].find("x-probe-exchange")->second);
    bodies_[stream] = GrpcBody{request->seed, request->bytes};
    // Held back until as many are here as the client may have open at once.
    waiting_.push_back(stream);
    if (waiting_.size() < kStreams) return;
    for (const std::int32_t whole : std::exchange(waiting_, {})) session_.answer(whole);
  }
  void on_close(std::int32_t stream) override { open_.erase(stream); }
  GrpcBody* body(std::int32_t stream) override { return &bodies_[stream]; }
  std::string_view trailer(std::int32_t) override { return "right"; }

  static constexpr std::size_t kStreams = 8;

 private:
  std::map<std::int32_t, Fields> requests_;
  std::map<std::int32_t, GrpcBody> bodies_;
  std::set<std::int32_t> open_;
  std::vector<std::int32_t> waiting_;
  std::size_t most_at_once_{0};
  std::string first_body_;
  Http2Session session_{true, *this};  // After what its callbacks touch.
};

void check_http2(const gimbal::Result<RunResult>& ran, std::uint64_t requests,
                 std::uint64_t connections) {
  INFO((ran ? std::string{} : ran.error().message()));
  REQUIRE(ran);
  CHECK(ran.value().clean());
  CHECK(ran.value().parameters.at("transport") == "http2");
  CHECK(ran.value().find("request")->histogram.count() == requests);
  CHECK(ran.value().counters.at("http2_streams") == requests);
  CHECK(ran.value().counters.at("connections") == connections);
  CHECK(ran.value().counters.at("reconnects") == 0);
}

}  // namespace

TEST_CASE("--http2 puts the connection preface on the wire, and only --http2 does") {
  CHECK(first_bytes("rpc", "--http2 --connections 1 --requests 5") == kWholePreface);
  CHECK(first_bytes("uplink", "--http2 --connections 1 --requests 5") == kWholePreface);
  const std::string plain = first_bytes("rpc", "--connections 1 --requests 5");
  CHECK(plain.size() == kWholePreface.size());
  CHECK(plain.substr(0, 4) == "GPR2");
}

TEST_CASE("calls over HTTP/2 have gRPC's shape and share their connection") {
  Eavesdropper heard;
  gimbal::Result<RunResult> ran = gimbal::Error{"", "not run"};
  {
    const OddServer server{[&](const Fd& listener) { heard.serve(accept_one(listener).get()); }};
    ran = run_against(server.address(), "rpc",
                      "--http2 --connections 1 --streams 8 --requests 64 --request-bytes 100");
  }
  check_http2(ran, 64, 1);
  CHECK(heard.requests().size() == 64);
  CHECK(heard.most_at_once() == Eavesdropper::kStreams);
  for (const auto& [stream, fields] : heard.requests()) {
    CHECK(stream % 2 == 1);
    CHECK(fields.find(":method")->second == "POST");
    CHECK(fields.find("content-type")->second == "application/grpc");
  }
  // Not compressed, then the length, then the message.
  REQUIRE(heard.first_body().size() == 105);
  CHECK(heard.first_body().substr(0, 5) == std::string("\0\0\0\0d", 5));
}

TEST_CASE("thousands of calls are multiplexed on persistent HTTP/2 connections") {
  check_http2(run_local("rpc",
                        "--http2 --connections 4 --streams 100 --requests 5000 --request-bytes 300 "
                        "--answer-bytes 500"),
              5000, 4);
  const auto large = run_local("rpc",
                               "--http2 --connections 1 --streams 3 --requests 9 --request-bytes "
                               "3M --answer-bytes 2M");
  check_http2(large, 9, 1);
  CHECK(large.value().counters.at("bytes_sent") > 9 * 3'000'000);
  CHECK(large.value().counters.at("bytes_received") > 9 * 2'000'000);
}

TEST_CASE("an open loop over HTTP/2 has as many calls under way as the computing time asks for") {
  const auto ran =
      run_local("rpc",
                "--http2 --connections 1 --streams 50 --rate 500 --arrivals fixed --requests 100 "
                "--compute 40 --request-bytes 10 --answer-bytes 10");
  check_http2(ran, 100, 1);
  CHECK(ran.value().find("request")->histogram.min() >= 40'000'000);
  // One at a time would be computed for 4 s; 100 calls are due within 0.2 s.
  CHECK(ran.value().seconds < 2);
}

TEST_CASE("HTTP/2 runs over IPv6, closed and open loop") {
  const auto server = LocalServer::start(address_of("[::1]:0"));
  if (!server) {
    WARN("no IPv6 loopback here: " + server.error().message());
    return;
  }
  const SocketAddress& address = server.value()->address();
  const std::string small = " --request-bytes 100 --answer-bytes 100";
  check_http2(
      run_against(address, "rpc", "--http2 --connections 2 --streams 20 --requests 1000" + small),
      1000, 2);
  check_http2(
      run_against(address, "rpc",
                  "--http2 --connections 2 --streams 20 --requests 200 --rate 2000" + small),
      200, 2);
}

TEST_CASE("a call beyond the limit is cancelled on its stream, the connection serves the others") {
  const auto ran = run_local("rpc",
                             "--http2 --connections 1 --streams 4 --requests 8 --compute 300 "
                             "--limit 0.1 --request-bytes 10 --answer-bytes 10");
  REQUIRE(ran);
  CHECK_FALSE(ran.value().clean());
  CHECK(ran.value().counters.at("timeouts") == 8);
  CHECK(ran.value().counters.at("http2_streams") == 8);
  CHECK(ran.value().counters.at("reconnects") == 0);
}

TEST_CASE("the server sets the congestion control an HTTP/2 client asks for") {
  std::string in_force;
  {
    const OddServer server{[&](const Fd& listener) {
      const Fd client = accept_one(listener);
      Http2Role role{{}, Clock::now()};
      while (role.advance(client.get(), Clock::now()) == Progress::waiting) {
        std::array<char, 16> name{};
        socklen_t size = name.size();
        ::getsockopt(client.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &size);
        in_force = name.data();
        await(client.get(), role.wants_write());
      }
    }};
    check_http2(run_against(server.address(), "rpc",
                            "--http2 --connections 1 --streams 1 --requests 3 --cc reno"),
                3, 1);
  }
  CHECK(in_force == "reno");
}
