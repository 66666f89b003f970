#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/dialogue.h"

using namespace gimbal;
using namespace gimbal::testing;

namespace {

// Established, 1000 bytes of the client's data outstanding, half of the server's acknowledged.
// Windows: the server takes the client's bytes up to 1001 + 10000, the client the server's up to
// 6001 + 20000.
void converse(Dialogue& d) {
  d.client(0_ms, syn(1000).sack_ok().window(20'000));
  d.server(20_ms, syn_ack(5000, 1001).sack_ok().window(10'000));
  d.client(25_ms, ack(1001, 5001).window(20'000));
  d.server(30_ms, data(5001, 2000, 1001).window(10'000));
  d.client(40_ms, data(1001, 1000, 6001).window(20'000));
}

struct Forgery {
  const char* name;
  Side from;
  Segment segment;
  SegmentKind kind;
};

std::vector<Forgery> forgeries() {
  using K = SegmentKind;
  return {
      {"RST beyond what was sent (RFC 5961 3.2)", Side::server, rst(7002), K::rst},
      {"RST below the window", Side::server, rst(6000), K::rst},
      {"RST at a random place", Side::client, rst(0x9000'0000), K::rst},
      {"RST of the right edge exactly", Side::client, rst(11'001), K::rst},
      {"SYN in the window (RFC 5961 4.2)", Side::client, syn(2001), K::unexpected},
      {"SYN with the first number again", Side::client, syn(1000), K::unexpected},
      {"SYN from the server", Side::server, syn(1), K::unexpected},
      {"SYN-ACK with another number", Side::server, syn_ack(1, 1001), K::unexpected},
      {"data beyond the right edge", Side::client, data(11'000, 100, 6001), K::out_of_window},
      {"data one byte beyond", Side::client, data(10'902, 100, 6001), K::out_of_window},
      {"data far beyond", Side::server, data(0x8000'0000, 1, 1001), K::out_of_window},
      {"data older than the window", Side::server, data(5001U - 20'001U, 1, 1001),
       K::out_of_window},
      {"ACK of what was never sent (RFC 5961 5.2)", Side::server, ack(7001, 2002),
       K::out_of_window},
      {"data with such an ACK", Side::server, data(7001, 10, 2002), K::out_of_window},
      {"ACK older than MAX.SND.WND (RFC 5961 5.2)", Side::server, ack(7001, 1001U - 10'001U),
       K::out_of_window},
      {"FIN beyond the right edge", Side::client, fin(11'005, 6001), K::out_of_window},
      {"no flags", Side::client, ack(2001, 6001).no_ack(), K::unexpected},
      {"data without ACK", Side::client, data(2001, 10, 6001).no_ack(), K::unexpected},
      {"FIN without ACK", Side::client, fin(2001, 6001).no_ack(), K::unexpected},
      {"SYN with FIN", Side::client, syn(2001).with_fin(), K::unexpected},
  };
}

}  // namespace

TEST_CASE("a forged segment changes nothing (RFC 9293 3.10.7.4, RFC 5961)", "[tcp][security]") {
  for (const Forgery& forgery : forgeries()) {
    Dialogue d{forgery.name};
    converse(d);
    const std::string before = describe(d.conversation());
    const Observation seen = d.step(50_ms, forgery.from, forgery.segment);
    CHECK_FALSE(seen.acceptable);
    CHECK(to_string(seen.kind) == to_string(forgery.kind));
    CHECK(seen.newly_acked == 0);
    CHECK_FALSE(seen.ends);
    CHECK(describe(d.conversation()) == before);
    // The conversation goes on as if nothing had been.
    CHECK(d.server(60_ms, ack(7001, 2001).window(10'000)).newly_acked == 1000);
  }
}

TEST_CASE("the numbers just inside the windows are believed", "[tcp][security]") {
  const std::vector<std::pair<Side, Segment>> honest{
      {Side::client, data(10'901, 100, 6001)},         // ends at the right edge
      {Side::server, data(7001, 10, 2001)},            // acknowledges all that was sent
      {Side::server, ack(7001, 1001U - 10'000U)},      // as old as MAX.SND.WND
      {Side::server, data(6001U - 20'000U, 1, 1001)},  // so old a copy
      {Side::server, rst(6001)},                       // where the receiver stands
      {Side::server, rst(7001)},                       // where it will stand
      {Side::client, fin(11'001, 6001)},               // against a full window
  };
  for (const auto& [from, segment] : honest) {
    Dialogue d{"inside"};
    converse(d);
    CHECK(d.step(50_ms, from, segment).acceptable);
  }
}

TEST_CASE("forgeries do not keep a flow alive", "[tcp][security]") {
  Dialogue d{"idle but for forgeries"};
  converse(d);
  const Instant alive = d.conversation().last_seen;
  for (const Forgery& forgery : forgeries()) d.step(9'000_s, forgery.from, forgery.segment);
  CHECK(d.conversation().last_seen == alive);
}

TEST_CASE("the answer to a refused segment is a challenge ACK and no duplicate",
          "[tcp][security]") {
  Dialogue d{"blind RST, challenged (RFC 5961 3.2)"};
  converse(d);
  d.client(50_ms, rst(5000));  // in the window, not exact
  const Observation challenge = d.server(60_ms, ack(7001, 1001).window(10'000));
  CHECK(challenge.kind == SegmentKind::challenge_ack);
  CHECK(challenge.acceptable);
  CHECK(d.client_half().dup_acks == 0);
  CHECK(d.server(61_ms, ack(7001, 1001).window(10'000)).kind == SegmentKind::duplicate_ack);
}

TEST_CASE("a rebooted client reaches its new connection through challenge, RST and SYN",
          "[tcp][security]") {
  Dialogue d{"half-open (RFC 9293 3.5.1)"};
  converse(d);
  CHECK_FALSE(d.client(5000_ms, syn(0x4000'0000)).acceptable);
  CHECK(d.server(5010_ms, ack(7001, 1001).window(10'000)).kind == SegmentKind::challenge_ack);
  CHECK(d.client(5011_ms, rst(1001)).ends);
  CHECK(d.client(6000_ms, syn(0x4000'0000)).kind == SegmentKind::port_reuse);
}

TEST_CASE("data stamped before what its receiver echoed is refused (PAWS, RFC 7323 5.3)",
          "[tcp][security][timestamps]") {
  Dialogue d{"an old duplicate of an earlier turn of the sequence space"};
  d.shake_hands({.timestamps = true});
  d.client(30_ms, data(1001, 100, 5001).ts(130, 900));
  d.server(50_ms, ack(5001, 1101).ts(930, 130));
  const std::string before = describe(d.conversation());
  const Observation old = d.client(60_ms, data(1101, 100, 5001).ts(129, 900));
  CHECK(old.kind == SegmentKind::out_of_window);
  CHECK(describe(d.conversation()) == before);
  CHECK(d.client(61_ms, data(1101, 100, 5001).ts(130, 900)).kind == SegmentKind::data);
  SECTION("a bare ACK may be overtaken") {
    CHECK(d.client(62_ms, ack(1201, 5001).ts(126, 900)).acceptable);
    CHECK(d.client_half().ts_value == 130);
  }
  SECTION("RST carries no timestamp worth checking") {
    CHECK(d.client(62_ms, rst(1201).ts(1, 0)).acceptable);
  }
  SECTION("after half an hour of silence a fast clock may have turned over") {
    const Observation turned =
        d.client(1'861_s, data(1201, 100, 5001).ts(130U + 0x8000'0001U, 900));
    CHECK(turned.acceptable);
    CHECK_FALSE(turned.late_timestamp);
    CHECK(d.client_half().ts_value == 130U + 0x8000'0001U);
  }
}

TEST_CASE("an echo of a timestamp never sent is not believed", "[tcp][security][timestamps]") {
  Dialogue d{"a forged ACK tries to arm PAWS against the client"};
  d.shake_hands({.timestamps = true});
  d.server(30_ms, ack(5001, 1001).ts(930, 0x7000'0000));
  CHECK(d.server_half().ts_echo == 100);
  CHECK(d.client(40_ms, data(1001, 100, 5001).ts(140, 930)).acceptable);
}
