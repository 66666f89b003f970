#include "probe/grpc_body.h"

#include <vector>

#include "probe/http2_role.h"
#include "support/catch.h"

using namespace gimbal::probe;

namespace {

std::vector<std::byte> produce(std::uint64_t seed, std::uint64_t size, std::size_t step) {
  GrpcBody body{seed, size};
  std::vector<std::byte> out;
  std::vector<std::byte> block(step);
  while (!body.complete()) {
    const std::size_t n = body.fill(block);
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return out;
}

}  // namespace

TEST_CASE("a gRPC message is its prefix and its content, however it is cut") {
  const auto whole = produce(7, 70'000, 16'384);
  REQUIRE(whole.size() == 70'005);
  CHECK(whole[0] == std::byte{0});
  CHECK(whole[2] == std::byte{0x01});
  CHECK(whole[3] == std::byte{0x11});
  CHECK(whole[4] == std::byte{0x70});
  CHECK(produce(7, 70'000, 3) == whole);
  GrpcBody check{7, 70'000};
  for (std::size_t at = 0; at < whole.size(); at += 999)
    check.take(std::span{whole}.subspan(at, std::min<std::size_t>(999, whole.size() - at)));
  CHECK(check.right());
}

TEST_CASE("a message that is short, long or wrong is not right") {
  const auto whole = produce(7, 100, 1000);
  GrpcBody shorter{7, 100};
  shorter.take(std::span{whole}.first(104));
  CHECK_FALSE(shorter.right());
  GrpcBody longer{7, 99};
  longer.take(whole);
  CHECK_FALSE(longer.right());
  GrpcBody other{8, 100};
  other.take(whole);
  CHECK(other.complete());
  CHECK_FALSE(other.right());
}

TEST_CASE("a request survives the header it travels in") {
  Request request;
  request.seed = 0xfedc'ba98'7654'3210;
  request.upload = 77;
  const auto read = from_hex(to_hex(request));
  REQUIRE(read);
  CHECK(read->seed == request.seed);
  CHECK(read->upload == 77);
  CHECK_FALSE(from_hex(""));
  CHECK_FALSE(from_hex(std::string(2 * Request::kSize, 'g')));
  CHECK_FALSE(from_hex(std::string(2 * Request::kSize, '0')));
}
