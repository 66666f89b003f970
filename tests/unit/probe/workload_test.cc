#include "loopback.h"
#include "support/catch.h"

using namespace gimbal::probe;

namespace {

/// What every run over a clean loopback must show.
void check_clean(const gimbal::Result<RunResult>& ran) {
  INFO((ran ? std::string{} : ran.error().message()));
  REQUIRE(ran);
  CHECK(ran.value().clean());
  CHECK(ran.value().seconds > 0);
}

}  // namespace

TEST_CASE("barrier: a step is as long as its longest read") {
  const auto ran = run_local("barrier", "--reads 20 --bytes 100000 --rounds 10");
  check_clean(ran);
  const RunResult& result = ran.value();
  CHECK(result.find("step")->histogram.count() == 10);
  CHECK(result.find("read")->histogram.count() == 200);
  CHECK(result.find("step")->max() == result.find("read")->max());
  CHECK(result.counters.at("bytes_received") == 200 * (100'000 + Trailer::kSize));
  CHECK(result.extra.at("rounds_ms").size() == 10);
  CHECK(result.extra.at("p99_ms").get<double>() == result.find("step")->quantile(0.99));
}

TEST_CASE("barrier: the server's computing time is in every step") {
  const auto ran = run_local("barrier", "--reads 5 --bytes 10 --rounds 3 --compute 20");
  check_clean(ran);
  CHECK(ran.value().find("read")->histogram.min() >= 20'000'000);
}

TEST_CASE("tokens: as many chunks as tokens, none before its time") {
  const auto ran = run_local("tokens",
                             "--connections 4 --requests 8 --tokens uniform:5-15 --first-token 10 "
                             "--per-token 2 --prompt-bytes 3000");
  check_clean(ran);
  const RunResult& result = ran.value();
  CHECK(result.metrics.front().name == "ttft");
  CHECK(result.find("ttft")->histogram.count() == 8);
  CHECK(result.find("ttft")->histogram.min() >= 10'000'000);
  CHECK(result.counters.at("tokens") >= 8 * 5);
  CHECK(result.counters.at("tokens") <= 8 * 15);
  CHECK(result.counters.at("bytes_received") ==
        result.counters.at("tokens") * 200 + 8 * Trailer::kSize);
  CHECK(result.find("late_token")->histogram.count() ==
        result.find("inter_token")->histogram.count());
}

TEST_CASE("rpc: closed loop by number, open loop at its rate") {
  const auto closed = run_local("rpc", "--connections 4 --requests 500");
  check_clean(closed);
  CHECK(closed.value().find("request")->histogram.count() == 500);
  const auto open = run_local(
      "rpc", "--connections 8 --rate 1000 --duration 0.3 --request-bytes 100 --answer-bytes 200");
  check_clean(open);
  const auto count = static_cast<double>(open.value().find("request")->histogram.count());
  CHECK(count == Approx(300).margin(90));  // Five standard deviations of a Poisson count.
  CHECK(open.value().find("queued")->histogram.count() == open.value().counters.at("answers"));
}

TEST_CASE("rpc: the same seed sends the same bytes, another seed others") {
  const auto bytes = [](const std::string& seed) {
    const auto ran = run_local("rpc", "--connections 1 --requests 50 --seed " + seed);
    check_clean(ran);
    return std::pair{ran.value().counters.at("bytes_sent"),
                     ran.value().counters.at("bytes_received")};
  };
  CHECK(bytes("5") == bytes("5"));
  CHECK(bytes("5") != bytes("6"));
}

TEST_CASE("uplink: large bodies go up whole") {
  const auto ran =
      run_local("uplink", "--connections 3 --requests 6 --upload-bytes 2000k --answer-bytes 0");
  check_clean(ran);
  CHECK(ran.value().counters.at("bytes_sent") == 6 * (2'000'000 + Request::kSize));
  CHECK(ran.value().find("upload_rate")->histogram.count() == 6);
}

TEST_CASE("shards: every pair carries both directions in every step") {
  const auto split = run_local("shards", "--shards 5 --bytes 300000 --rounds 3");
  check_clean(split);
  CHECK(split.value().counters.at("connections") == 2 * 3);
  CHECK(split.value().counters.at("bytes_received") == 3 * 6 * (300'000 + Trailer::kSize));
  CHECK(split.value().counters.at("bytes_sent") == 3 * 6 * (300'000 + Request::kSize));
  const auto every = run_local("shards", "--shards 5 --bytes 1000 --placement every --rounds 2");
  check_clean(every);
  CHECK(every.value().counters.at("connections") == 10);
}

TEST_CASE("bulk: both directions arrive whole and verified") {
  for (const std::string direction : {"", "--upload "}) {
    const auto ran = run_local("bulk", direction + "--total 3000000 --flows 2 --verify");
    check_clean(ran);
    CHECK(ran.value().counters.at("bytes_received") == 6'000'000);
    CHECK(ran.value().extra.at("verified").get<bool>());
    CHECK(ran.value().extra.at("flows").size() == 2);
  }
}

TEST_CASE("the workloads run over IPv6") {
  const auto server = LocalServer::start(address_of("[::1]:0"));
  if (!server) {
    WARN("no IPv6 loopback here: " + server.error().message());
    return;
  }
  CHECK(to_text(server.value()->address()).find("[::1]:") == 0);
  check_clean(run_against(server.value()->address(), "rpc", "--requests 100"));
  check_clean(run_against(server.value()->address(), "barrier", "--reads 10 --rounds 5"));
  check_clean(run_against(server.value()->address(), "bulk", "--total 100000 --verify"));
}

TEST_CASE("a thousand connections are held and all answer") {
  const auto ran = run_local("barrier", "--reads 1000 --bytes 100 --rounds 2");
  check_clean(ran);
  CHECK(ran.value().counters.at("connections") == 1000);
}
