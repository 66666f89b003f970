#include <array>
#include <vector>

#include "loopback.h"
#include "probe/exchange_pool.h"
#include "probe/exchange_role.h"
#include "probe/load_driver.h"
#include "support/catch.h"

using namespace gimbal::probe;

namespace {

/// Small requests of which one makes the server think for long.
class OneSlow final : public Traffic {
 public:
  OneSlow(unsigned which, std::uint32_t think_us) : which_{which}, think_us_{think_us} {}
  Exchange next(gimbal::Rng&) override {
    Exchange exchange;
    exchange.chunk = 10;
    if (asked_++ == which_) exchange.think_us = think_us_;
    return exchange;
  }
  void begin(Clock::time_point, std::uint32_t) override {}
  void summarize(RunResult&) const override {}

 private:
  unsigned which_;
  std::uint32_t think_us_;
  unsigned asked_{0};
};

gimbal::Result<RunResult> drive(const LoadOptions& options, Traffic& traffic) {
  const auto server = LocalServer::start(address_of("127.0.0.1:0"));
  ProgressLog quiet{true};
  LoadDriver driver{options, traffic, [&](EventLoop& loop, ExchangeListener& listener) {
                      return std::make_unique<ExchangePool>(
                          loop, listener, server.value()->address(), options.connections, "");
                    }};
  return driver.run(quiet);
}

}  // namespace

TEST_CASE("an open loop charges a stall to every request it delayed, a closed loop to one") {
  LoadOptions options;
  options.connections = 1;
  options.rate = 400;
  options.poisson = false;
  options.count = 200;
  OneSlow stall{20, 200'000};
  const auto open = drive(options, stall);
  REQUIRE(open);
  // 80 of 200 requests were due while nothing moved: delays of 200 ms down to none.
  CHECK(open.value().find("request")->quantile(0.65) > 10);
  CHECK(open.value().find("request")->quantile(0.75) > 40);
  CHECK(open.value().find("request")->quantile(0.95) > 150);
  CHECK(open.value().find("queued")->quantile(0.75) > 40);

  options.rate = 0;
  OneSlow again{20, 200'000};
  const auto closed = drive(options, again);
  REQUIRE(closed);
  CHECK(closed.value().find("request")->quantile(0.75) < 40);
  CHECK(closed.value().find("request")->max() >= 200);
}

TEST_CASE("a request beyond the limit is an error and still shows in the tail") {
  LoadOptions options;
  options.connections = 2;
  options.count = 20;
  options.limit = 0.15;
  OneSlow slow{3, 20'000'000};
  const auto ran = drive(options, slow);
  REQUIRE(ran);
  CHECK_FALSE(ran.value().clean());
  CHECK(ran.value().counters.at("timeouts") == 1);
  CHECK(ran.value().counters.at("answers") == 19);
  CHECK(ran.value().find("request")->max() >= 150);
}

TEST_CASE("a refused connection fails the run and names the server") {
  SocketAddress nobody;
  {
    const OddServer server{[](Fd) {}};
    nobody = server.address();
  }
  for (const char* workload : {"barrier", "rpc", "tokens", "uplink", "shards", "bulk"}) {
    const auto ran = run_against(nobody, workload, "");
    REQUIRE_FALSE(ran);
    CHECK(ran.error().message() == to_text(nobody) + ": cannot connect: Connection refused");
  }
}

TEST_CASE("a step whose connection ends fails and says so") {
  const OddServer server{[](const Fd& listener) {
    for (int i = 0; i < 3; ++i) Fd{::accept(listener.get(), nullptr, nullptr)};
  }};
  const auto ran = run_against(server.address(), "barrier", "--reads 3 --rounds 5");
  REQUIRE_FALSE(ran);
  CHECK(ran.error().message().find(to_text(server.address())) == 0);
}

TEST_CASE("a server that goes away ends a load of requests with the reason") {
  const OddServer server{[](Fd listener) {
    std::vector<Fd> open;
    for (int i = 0; i < 4; ++i) open.emplace_back(::accept(listener.get(), nullptr, nullptr));
    listener.close();
  }};
  const auto ran = run_against(server.address(), "rpc", "--connections 4 --requests 100");
  REQUIRE_FALSE(ran);
  CHECK(ran.error().message() ==
        to_text(server.address()) + ": cannot connect: Connection refused");
}

TEST_CASE("a step that never ends is cut at the limit") {
  const OddServer server{[](const Fd& listener) {
    const Fd silent{::accept(listener.get(), nullptr, nullptr)};
    std::array<std::byte, 256> block{};
    while (::recv(silent.get(), block.data(), block.size(), 0) > 0) continue;
  }};
  const auto ran = run_against(server.address(), "barrier", "--reads 1 --limit 0.1");
  REQUIRE_FALSE(ran);
  CHECK(ran.error().message().find("1 of 1 parts are missing") != std::string::npos);
}

TEST_CASE("wrong bytes in an answer are counted") {
  const OddServer server{[](const Fd& listener) {
    const Fd peer{::accept(listener.get(), nullptr, nullptr)};
    std::array<std::byte, Request::kSize> header{};
    std::vector<std::byte> zeros(1000);
    while (::recv(peer.get(), header.data(), header.size(), MSG_WAITALL) > 0) {
      ::send(peer.get(), zeros.data(), zeros.size(), MSG_NOSIGNAL);
      ::send(peer.get(), Trailer::kRight.data(), Trailer::kSize, MSG_NOSIGNAL);
    }
  }};
  const auto ran = run_against(server.address(), "barrier", "--reads 1 --bytes 1000 --rounds 3");
  REQUIRE(ran);
  CHECK(ran.value().counters.at("mismatches") == 3);
  CHECK_FALSE(ran.value().clean());
}

TEST_CASE("the server tells a client whose upload arrived wrong") {
  for (const bool spoil : {false, true}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    const Fd client{ends[0]};
    const Fd server{ends[1]};
    Request request;
    request.upload = 5000;
    request.bytes = 100;
    request.seed = 9;
    ExchangeRole role{request, Clock::now()};
    const auto piece = BlockPattern{9}.piece(0, 5000);
    std::vector<std::byte> body{piece.begin(), piece.end()};
    if (spoil) body[4999] ^= std::byte{1};
    REQUIRE(::send(client.get(), body.data(), 4000, 0) == 4000);
    CHECK(role.advance(server.get(), Clock::now()) == Progress::waiting);
    REQUIRE(::send(client.get(), &body[4000], 1000, 0) == 1000);
    CHECK(role.advance(server.get(), Clock::now()) == Progress::done);
    std::array<std::byte, 108> answer{};
    REQUIRE(::recv(client.get(), answer.data(), answer.size(), 0) == 108);
    CHECK(BlockPattern{9}.matches(std::span{answer}.first(100), 0));
    CHECK(std::equal(answer.begin() + 100, answer.end(),
                     spoil ? Trailer::kWrong.begin() : Trailer::kRight.begin()));
  }
}

TEST_CASE("more connections than files can be opened name the limit and the mend") {
  const auto reserved = reserve_descriptors(std::size_t{1} << 30);
  REQUIRE_FALSE(reserved);
  CHECK(reserved.error().message().find("ulimit -n") != std::string::npos);
}

TEST_CASE("a port that is taken is an error that names it") {
  const auto first = LocalServer::start(address_of("127.0.0.1:0"));
  REQUIRE(first);
  const auto second = LocalServer::start(first.value()->address());
  REQUIRE_FALSE(second);
  CHECK(second.error().message().find(to_text(first.value()->address()) + ": cannot bind") == 0);
}
