#include "probe/mpa_frame.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/rng.h"
#include "probe/crc32c.h"
#include "support/catch.h"

using namespace gimbal::probe;
using gimbal::Rng;

namespace {

std::vector<std::byte> random_bytes(Rng& rng, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.next());
  return bytes;
}

std::size_t word16(const std::vector<std::byte>& in, std::size_t at) {
  return std::to_integer<std::size_t>(in[at]) << 8 | std::to_integer<std::size_t>(in[at + 1]);
}

bool same(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// All ULPDUs that come out when the stream arrives in pieces of at most `piece` bytes.
std::vector<std::vector<std::byte>> read_all(MpaReader& reader, std::span<const std::byte> stream,
                                             std::size_t piece, Rng& rng) {
  std::vector<std::vector<std::byte>> out;
  while (!stream.empty()) {
    const std::size_t n = std::min<std::size_t>(stream.size(), 1 + rng.next() % piece);
    reader.feed(stream.first(n));
    stream = stream.subspan(n);
    while (const auto ulpdu = reader.next()) out.emplace_back(ulpdu->begin(), ulpdu->end());
  }
  return out;
}

}  // namespace

TEST_CASE("an FPDU without markers is length, ULPDU, padding and CRC32c") {
  MpaWriter writer{{.markers = false, .crc = true}};
  const std::vector<std::byte> ulpdu(5, std::byte{0x2a});
  std::vector<std::byte> stream;
  writer.append(ulpdu, stream);
  REQUIRE(stream.size() == 12);  // 2 + 5, one byte of padding, 4.
  CHECK(word16(stream, 0) == 5);
  CHECK(stream[7] == std::byte{0});
  const std::uint32_t crc = crc32c(std::span{stream}.first(8));
  CHECK(stream[8] == static_cast<std::byte>(crc));
  CHECK(stream[11] == static_cast<std::byte>(crc >> 24));
}

TEST_CASE("markers stand every 512 bytes and point at the length of their FPDU") {
  MpaWriter writer{{.markers = true, .crc = true}};
  std::vector<std::byte> stream;
  std::vector<std::size_t> begins;
  for (const std::size_t size : {700U, 1U, 0U, 2000U, 506U, 64U}) {
    begins.push_back(stream.size() + (stream.size() % 512 == 0 ? 4 : 0));
    writer.append(std::vector<std::byte>(size, std::byte{0x55}), stream);
  }
  for (std::size_t at = 0; at < stream.size(); at += 512) {
    CHECK(word16(stream, at) == 0);
    const auto after = std::upper_bound(begins.begin(), begins.end(), at + 4);
    REQUIRE(after != begins.begin());
    const std::size_t fpdu = *(after - 1);
    CHECK(word16(stream, at + 2) == (fpdu > at ? 0 : at - fpdu));
  }
}

TEST_CASE("what is written is read, however the stream is cut") {
  for (const bool markers : {false, true})
    for (const bool crc : {false, true})
      for (const std::size_t piece : {1U, 7U, 600U, 100'000U}) {
        Rng rng{piece};
        MpaWriter writer{{markers, crc}};
        MpaReader reader{{markers, crc}};
        std::vector<std::vector<std::byte>> sent;
        std::vector<std::byte> stream;
        for (int i = 0; i < 40; ++i) {
          sent.push_back(random_bytes(rng, rng.next() % 3000));
          writer.append(sent.back(), stream);
        }
        CHECK(read_all(reader, stream, piece, rng) == sent);
        CHECK(reader.fault() == MpaFault::none);
        CHECK(reader.markers() == (markers ? (stream.size() + 511) / 512 : 0));
      }
}

TEST_CASE("the largest ULPDU passes with markers and a larger length is a fault") {
  Rng rng{5};
  const MpaOptions options{.markers = true, .crc = true};
  MpaWriter writer{options};
  MpaReader reader{options};
  std::vector<std::byte> stream;
  const auto ulpdu = random_bytes(rng, kMpaMaxUlpdu);
  writer.append(ulpdu, stream);
  reader.feed(stream);
  const auto read = reader.next();
  REQUIRE(read);
  CHECK(same(*read, ulpdu));

  MpaReader bare{{.markers = false, .crc = true}};
  bare.feed(std::vector<std::byte>(8, std::byte{0xff}));
  CHECK_FALSE(bare.next());
  CHECK(bare.fault() == MpaFault::length);
}

TEST_CASE("any flipped bit of an FPDU is found, and nothing is read after it") {
  Rng rng{9};
  const MpaOptions options{.markers = true, .crc = true};
  std::vector<std::byte> good;
  MpaWriter writer{options};
  writer.append(random_bytes(rng, 1100), good);
  const std::size_t first = good.size();
  writer.append(random_bytes(rng, 300), good);
  for (std::size_t at = 0; at < first; at += 3) {
    auto bad = good;
    bad[at] ^= static_cast<std::byte>(1U << (at % 8));
    MpaReader reader{options};
    reader.feed(bad);
    std::size_t whole = 0;
    while (reader.next()) ++whole;
    REQUIRE(whole == 0);
    // A flipped length may ask for bytes that never come; everything else is named.
    if (at >= 4 && at < 6) continue;
    REQUIRE(reader.fault() != MpaFault::none);
    reader.feed(good);
    REQUIRE_FALSE(reader.next());
  }
}

TEST_CASE("start-up frames survive the wire and strangers are refused") {
  MpaStartup request;
  request.options = {.markers = true, .crc = false};
  request.private_data = {std::byte{1}, std::byte{2}, std::byte{3}};
  const auto bytes = request.serialize();
  REQUIRE(MpaStartup::size_of(bytes) == 23U);
  const auto parsed = MpaStartup::parse(bytes);
  REQUIRE(parsed);
  CHECK_FALSE(parsed->reply);
  CHECK(parsed->options.markers);
  CHECK_FALSE(parsed->options.crc);
  CHECK(parsed->private_data == request.private_data);

  MpaStartup refusal;
  refusal.reply = refusal.rejected = true;
  CHECK(MpaStartup::parse(refusal.serialize())->rejected);
  auto stranger = bytes;
  stranger[3] = std::byte{'X'};
  CHECK_FALSE(MpaStartup::size_of(stranger));
  auto later = bytes;
  later[17] = std::byte{2};
  CHECK_FALSE(MpaStartup::size_of(later));
  auto longer = bytes;
  longer[18] = std::byte{0xff};
  CHECK_FALSE(MpaStartup::size_of(longer));
  CHECK_FALSE(MpaStartup::parse(std::span{bytes}.first(22)));
}
