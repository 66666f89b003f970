#include "probe/crc32c.h"

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

using gimbal::Rng;
using gimbal::probe::crc32c;
using gimbal::probe::crc32c_by_table;

namespace {

std::vector<std::byte> counting(int first, int step) {
  std::vector<std::byte> bytes(32);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(first + step * static_cast<int>(i));
  return bytes;
}

std::vector<std::byte> read_command() {
  std::vector<std::byte> bytes(48);
  for (const auto& [at, value] : {std::pair{0, 0x01},
                                  {1, 0xc0},
                                  {16, 0x14},
                                  {22, 0x04},
                                  {27, 0x14},
                                  {31, 0x18},
                                  {32, 0x28},
                                  {40, 0x02}})
    bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(value);
  return bytes;
}

}  // namespace

TEST_CASE("CRC32c answers the vectors of RFC 3720 B.4") {
  // The RFC lists the bytes as they are sent, least significant first.
  const std::pair<std::vector<std::byte>, std::uint32_t> vectors[] = {
      {std::vector<std::byte>(32), 0x8a91'36aa},
      {std::vector<std::byte>(32, std::byte{0xff}), 0x62a8'ab43},
      {counting(0, 1), 0x46dd'794e},
      {counting(31, -1), 0x113f'db5c},
      {read_command(), 0xd996'3a56},
  };
  for (const auto& [bytes, expected] : vectors) {
    CHECK(crc32c(bytes) == expected);
    CHECK(crc32c_by_table(bytes) == expected);
  }
}

TEST_CASE("CRC32c of the check string is the catalogue's value") {
  constexpr std::string_view text = "123456789";
  std::array<std::byte, 9> bytes{};
  std::memcpy(bytes.data(), text.data(), bytes.size());
  CHECK(crc32c(bytes) == 0xe306'9283);
  CHECK(crc32c_by_table(bytes) == 0xe306'9283);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("the table and the instruction agree on every length, cut anywhere") {
  Rng rng{3720};
  std::vector<std::byte> bytes(300);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.next());
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto whole = std::span{bytes}.first(size);
    const std::size_t cut = size == 0 ? 0 : rng.next() % size;
    const std::uint32_t expected = crc32c_by_table(whole);
    REQUIRE(crc32c(whole) == expected);
    REQUIRE(crc32c(whole.subspan(cut), crc32c(whole.first(cut))) == expected);
    REQUIRE(crc32c_by_table(whole.subspan(cut), crc32c_by_table(whole.first(cut))) == expected);
  }
}
