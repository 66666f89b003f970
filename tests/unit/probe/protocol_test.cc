#include "probe/protocol.h"

#include "support/catch.h"

using gimbal::probe::Ask;
using gimbal::probe::Request;

TEST_CASE("a request survives the wire") {
  Request sent;
  sent.ask = Ask::sink;
  sent.bytes = 0x0102'0304'0506'0708;
  sent.millis = 4'000'000'000;
  sent.seed = 99;
  sent.id = UINT64_MAX;
  sent.duplex = true;
  sent.upload = 1ULL << 40;
  sent.chunks = 4'000'000'001;
  sent.think_us = 250'000;
  sent.interval_us = 20'000;
  sent.congestion = "cubic";
  const auto received = Request::parse(sent.serialize());
  REQUIRE(received);
  CHECK(received->ask == sent.ask);
  CHECK(received->bytes == sent.bytes);
  CHECK(received->millis == sent.millis);
  CHECK(received->seed == sent.seed);
  CHECK(received->id == sent.id);
  CHECK(received->duplex);
  CHECK(received->upload == sent.upload);
  CHECK(received->chunks == sent.chunks);
  CHECK(received->think_us == sent.think_us);
  CHECK(received->interval_us == sent.interval_us);
  CHECK(received->congestion == "cubic");
}

TEST_CASE("a foreign or broken request is refused") {
  const auto good = Request{}.serialize();
  for (const std::size_t at : {0U, 3U, 4U, 7U}) {
    auto bad = good;
    bad[at] ^= std::byte{0x40};
    CHECK_FALSE(Request::parse(bad));
  }
  auto unterminated = good;
  for (std::size_t i = Request::kSize - Request::kNameSize; i < Request::kSize; ++i)
    unterminated[i] = std::byte{'x'};
  CHECK_FALSE(Request::parse(unterminated));
}
