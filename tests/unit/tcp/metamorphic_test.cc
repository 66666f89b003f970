#include <algorithm>
#include <string>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"
#include "support/dialogue.h"
#include "wire/frame.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

struct Step {
  Nanos at;
  Side from;
  SegmentBuilder segment;
};
using Story = std::vector<Step>;

// Client ISN 1000, server ISN 5000. Loss, copies, reordering, SACK, D-SACK, forgeries, closing.
Story story() {
  const Side c = Side::client;
  const Side s = Side::server;
  return {
      {0_ms, c, syn(1000).mss(1460).scale(7).sack_ok().ts(100, 0)},
      {20_ms, s, syn_ack(5000, 1001).mss(1400).scale(5).sack_ok().ts(900, 100)},
      {25_ms, c, ack(1001, 5001).ts(125, 900)},
      {26_ms, c, data(1001, 1000, 5001).ts(126, 900).push()},
      {46_ms, s, data(5001, 1000, 2001).ts(946, 126)},
      {46_ms, s, data(7001, 1000, 2001).ts(948, 126)},
      {47_ms, s, data(6001, 1000, 2001).ts(947, 126)},
      {51_ms, c, ack(2001, 6001).ts(151, 946).sack({block(7001, 8001)})},
      {52_ms, c, ack(2001, 6001).ts(152, 946).sack({block(7001, 8001)})},
      {60_ms, s, data(9001, 1000, 2001).ts(960, 152)},
      {61_ms, s, rst(0x7000'0000)},
      {62_ms, c, ack(2001, 0x7000'0000).ts(162, 946)},
      {63_ms, s, syn(4'000'000'000)},
      {70_ms, c, ack(2001, 8001).ts(170, 948).sack({block(9001, 10'001)})},
      {90_ms, s, data(8001, 1000, 2001).ts(990, 170)},
      {91_ms, s, data(9001, 1000, 2001).ts(991, 170)},
      {96_ms, c, ack(2001, 10'001).ts(196, 990).sack({block(9001, 10'001)})},
      {97_ms, c, ack(2001, 10'001).window(0).ts(197, 990)},
      {300_ms, s, ack(10'000, 2001).ts(1200, 197)},
      {305_ms, c, ack(2001, 10'001).window(9000).ts(405, 1200)},
      {1400_ms, s, data(10'001, 400, 2001).ts(2300, 405).with_fin()},
      {1405_ms, c, data(2001, 10, 10'402).ts(1505, 2300).with_fin()},
      {1425_ms, s, ack(10'402, 2012).ts(2325, 1505)},
      {2000_ms, c, syn(500'000)},
  };
}

struct Telling {
  std::vector<std::string> lines;
  std::string end;
  friend bool operator==(const Telling&, const Telling&) = default;
};

Telling tell(const Story& steps, Instant start = Instant{1}) {
  Telling telling;
  Conversation conversation;
  for (const Step& step : steps) {
    Segment segment = step.segment;
    if (step.from == Side::server) std::swap(segment.source, segment.destination);
    const Observation seen = observe(conversation, step.from, segment, start + step.at);
    telling.lines.push_back(describe(seen, conversation, step.from));
  }
  telling.end = describe(conversation);
  return telling;
}

// The same story with every sequence number of one sender moved by `client` or `server`.
Story shifted(Story steps, std::uint32_t client, std::uint32_t server) {
  for (Step& step : steps) {
    Segment segment = step.segment;
    const bool is_client = step.from == Side::client;
    const std::uint32_t own = is_client ? client : server;
    const std::uint32_t other = is_client ? server : client;
    segment.seq += own;
    if (segment.flags.ack) segment.ack += other;
    for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
      segment.options.sack[i].start += other;
      segment.options.sack[i].end += other;
    }
    step.segment = SegmentBuilder{segment};
  }
  return steps;
}

}  // namespace

TEST_CASE("the story itself is the one the transformations were made for", "[tcp][metamorphic]") {
  const Telling told = tell(story());
  REQUIRE(told.lines.size() == 24);
  const auto tells = [&](const char* word) {
    return std::any_of(told.lines.begin(), told.lines.end(), [&](const std::string& line) {
      return line.find(word) != std::string::npos;
    });
  };
  for (const char* word : {"REFUSED", "retransmission", "fills_hole", "dsack", "near", "ends",
                           "zero_window_probe", "port_reuse", "duplicate_ack"}) {
    INFO(word);
    CHECK(tells(word));
  }
}

TEST_CASE("other initial sequence numbers tell the same story", "[tcp][metamorphic][wrap]") {
  const Telling told = tell(story());
  Rng rng{7};
  for (int round = 0; round < 2000; ++round) {
    const auto client = static_cast<std::uint32_t>(rng.next());
    const auto server = static_cast<std::uint32_t>(rng.next());
    const Telling moved = tell(shifted(story(), client, server));
    if (moved == told) continue;
    INFO("client +" << client << " server +" << server);
    for (std::size_t i = 0; i < told.lines.size(); ++i) CHECK(moved.lines[i] == told.lines[i]);
    REQUIRE(moved.end == told.end);
  }
  // Each number of the story sits exactly on the wrap once.
  for (std::uint32_t k = 0; k <= 10'402; ++k) {
    const Telling moved = tell(shifted(story(), 0U - k, 0U - k));
    if (moved == told) continue;
    INFO("both -" << k);
    for (std::size_t i = 0; i < told.lines.size(); ++i) CHECK(moved.lines[i] == told.lines[i]);
    REQUIRE(moved.end == told.end);
  }
}

TEST_CASE("another time of day tells the same story", "[tcp][metamorphic]") {
  const Telling told = tell(story());
  CHECK(tell(story(), Instant{0}) == told);
  CHECK(tell(story(), Instant{3'600'000'000'000}) == told);
  CHECK(tell(story(), Instant{9'000'000'000'000'000'000}) == told);
}

TEST_CASE("the two sides of an established connection are treated alike", "[tcp][metamorphic]") {
  // A simultaneous open gives neither side a first word; then the roles are exchanged.
  const auto dialogue = [](bool swap) {
    const Side a = swap ? Side::server : Side::client;
    const Side b = opposite(a);
    Conversation c;
    Telling told;
    const auto say = [&](std::int64_t ms, Side from, const Segment& segment) {
      told.lines.push_back(
          describe(observe(c, from, segment, Instant{1} + Nanos::millis(ms)), c, from));
    };
    say(0, Side::client, syn(swap ? 5000 : 1000).scale(3).sack_ok());
    say(0, Side::server, syn(swap ? 1000 : 5000).scale(3).sack_ok());
    say(20, Side::server, syn_ack(swap ? 1000 : 5000, swap ? 5001 : 1001));
    say(20, Side::client, syn_ack(swap ? 5000 : 1000, swap ? 1001 : 5001));
    told.lines.clear();
    say(30, a, data(1001, 1000, 5001));
    say(31, a, data(3001, 1000, 5001));
    say(50, b, ack(5001, 2001).sack({block(3001, 4001)}));
    say(60, a, data(2001, 1000, 5001));
    say(80, b, data(5001, 10, 4001));
    say(85, a, fin(4001, 5011));
    say(95, b, rst(77));
    say(99, b, fin(5011, 4002));
    say(99, a, ack(4002, 5012));
    return told.lines;
  };
  CHECK(dialogue(false) == dialogue(true));
}

TEST_CASE("through frames of either family, tagged or not, the story is the same",
          "[tcp][metamorphic][wire]") {
  const Telling told = tell(story());
  for (const bool six : {false, true})
    for (const std::uint16_t vlan : {std::uint16_t{0}, std::uint16_t{42}}) {
      Story framed = story();
      for (Step& step : framed) {
        if (six) step.segment.from(client_v6()).to(server_v6());
        step.segment.vlan(vlan);
        Segment parsed;
        REQUIRE(parse_frame(step.segment.frame(), parsed) == FrameKind::tcp);
        CHECK(parsed.vlan == vlan);
        step.segment = SegmentBuilder{parsed};
      }
      const Telling through = tell(framed);
      CHECK(through.lines == told.lines);
      CHECK(through.end == told.end);
    }
}
