#include "wire/tcp_options.h"

#include <initializer_list>

#include "support/catch.h"
#include "unit/wire/samples.h"

namespace gimbal {
namespace {

TcpOptions parsed(std::initializer_list<unsigned> bytes) {
  Bytes raw;
  for (const unsigned byte : bytes) raw.push_back(static_cast<std::byte>(byte));
  TcpOptions options;
  parse_tcp_options(raw, options);
  return options;
}

TEST_CASE("a SYN's options as Linux orders them are all read") {
  const auto o = parsed({2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7});
  CHECK(o.mss == 1460);
  CHECK(o.sack_permitted);
  CHECK(o.has_timestamps);
  CHECK(o.ts_value == 0x0102'0304);
  CHECK(o.ts_echo == 0);
  CHECK(o.has_window_scale);
  CHECK(o.window_scale == 7);
  CHECK_FALSE(o.malformed);
  CHECK_FALSE(o.untouchable);
}

TEST_CASE("the usual layout and any other layout of timestamps mean the same") {
  for (const auto& o : {parsed({1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 9}),
                        parsed({8, 10, 0, 0, 0, 5, 0, 0, 0, 9, 1, 1}),
                        parsed({1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 9, 0})}) {
    CHECK(o.has_timestamps);
    CHECK(o.ts_value == 5);
    CHECK(o.ts_echo == 9);
    CHECK_FALSE(o.malformed);
  }
}

TEST_CASE("SACK blocks are read behind timestamps, and their place is kept") {
  const auto o = parsed({1, 1, 8, 10, 0, 0, 0, 5, 0,    0,    0,    9,    1, 1, 5, 18,
                         0, 0, 0, 1,  0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3});
  CHECK(o.has_timestamps);
  CHECK(o.sack_count == 2);
  CHECK(o.sack_offset == 20 + 14);
  CHECK(o.sack[0] == SackBlock{Seq32{1}, Seq32{2}});
  CHECK(o.sack[1] == SackBlock{Seq32{0xffff'ffff}, Seq32{3}});
}

TEST_CASE("four SACK blocks fit a header without timestamps") {
  Segment s = plain_ack();
  s.options = with_sack({}, 4);
  const Bytes frame = frame_of(s);
  TcpOptions o;
  parse_tcp_options(std::span{frame}.subspan(34 + 20), o);
  CHECK(o.sack_count == 4);
  CHECK(o.sack == s.options.sack);
}

TEST_CASE("a window scale above 14 is read as 14") {
  CHECK(parsed({3, 3, 15, 1}).window_scale == 14);
  CHECK(parsed({3, 3, 255, 1}).window_scale == 14);
  CHECK(parsed({3, 3, 14, 1}).window_scale == 14);
}

TEST_CASE("MD5, TCP-AO and MPTCP make a flow untouchable") {
  CHECK(parsed({30, 4, 0, 0}).untouchable);
  CHECK(parsed({29, 4, 1, 2}).untouchable);
  CHECK(parsed({19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}).untouchable);
}

TEST_CASE("unknown options are stepped over by their length") {
  const auto o = parsed({253, 6, 8, 10, 1, 1, 2, 4, 0x05, 0xb4, 1, 1});
  CHECK(o.mss == 1460);
  CHECK_FALSE(o.has_timestamps);
  CHECK_FALSE(o.malformed);
}

TEST_CASE("nothing is read behind the end of the list") {
  const auto o = parsed({2, 4, 0x05, 0xb4, 0, 8, 10, 1});
  CHECK(o.mss == 1460);
  CHECK_FALSE(o.has_timestamps);
  CHECK_FALSE(o.malformed);
}

TEST_CASE("a length that cannot be is malformed, and what stood before it is kept") {
  const auto cases = {
      parsed({2, 4, 0x05, 0xb4, 8, 10, 0, 0}),  // past the header
      parsed({2, 4, 0x05, 0xb4, 8, 0, 0, 0}),   // length 0 would never end
      parsed({2, 4, 0x05, 0xb4, 8, 1, 0, 0}),   // length 1 is less than kind and length
      parsed({2, 4, 0x05, 0xb4, 1, 1, 1, 8}),   // no room for the length
      parsed({2, 4, 0x05, 0xb4, 8, 4, 0, 0}),   // timestamps of 4 bytes
      parsed({2, 4, 0x05, 0xb4, 3, 4, 0, 0}),   // window scale of 4 bytes
      parsed({2, 4, 0x05, 0xb4, 4, 3, 0, 0}),   // SACK permitted of 3 bytes
      parsed({2, 4, 0x05, 0xb4, 5, 2, 1, 1}),   // SACK without a block
      parsed({2, 4, 0x05, 0xb4, 2, 3, 0, 1}),   // MSS of 3 bytes
      parsed({2, 4, 0x05, 0xb4, 5, 11, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}),  // half a block
  };
  for (const auto& o : cases) {
    CHECK(o.malformed);
    CHECK(o.mss == 1460);
    CHECK_FALSE(o.has_timestamps);
    CHECK(o.sack_count == 0);
    CHECK(o.sack_offset == 0);
  }
}

TEST_CASE("a second SACK option is malformed, since an edit would leave one standing") {
  const auto o = parsed({5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4});
  CHECK(o.malformed);
  CHECK(o.sack_count == 1);
}

}  // namespace
}  // namespace gimbal
