#include <set>
#include <string>

#include "support/catch.h"
#include "tcp/fsm.h"

using namespace gimbal;

namespace {

std::string row(TcpState state, Side from) {
  std::string line;
  for (std::size_t i = 0; i < kSegmentEventCount; ++i) {
    const TcpState next = next_state(state, from, static_cast<SegmentEvent>(i));
    line += i == 0 ? "" : " ";
    line += next == TcpState::unexpected ? "-" : next == state ? "same" : to_string(next);
  }
  return line;
}

// `same`: the state stays. `-`: unexpected.
struct Expected {
  TcpState state;
  const char* client;
  const char* server;
};

// Columns: syn, syn_ack, ack, ack_of_fin, fin, rst, other.
constexpr Expected kSnapshot[] = {
    {TcpState::closed, "syn_sent established established - - reset -", "- - - - - - -"},
    {TcpState::syn_sent, "same - - - - reset -", "simultaneous_open syn_received - - - reset -"},
    {TcpState::simultaneous_open, "same syn_received - - - reset -",
     "same syn_received - - - reset -"},
    {TcpState::syn_received, "same established established - - reset -",
     "- same same - server_fin_wait_1 reset -"},
    {TcpState::established, "- same same - client_fin_wait_1 reset -",
     "- same same - server_fin_wait_1 reset -"},
    {TcpState::client_fin_wait_1, "- same same - same reset -",
     "- same same client_fin_wait_2 closing reset -"},
    {TcpState::client_fin_wait_2, "- - same - same reset -",
     "- - same same server_last_ack reset -"},
    {TcpState::server_fin_wait_1, "- same same server_fin_wait_2 closing reset -",
     "- same same - same reset -"},
    {TcpState::server_fin_wait_2, "- - same same client_last_ack reset -",
     "- - same - same reset -"},
    {TcpState::closing, "- - same client_last_ack same reset -",
     "- - same server_last_ack same reset -"},
    {TcpState::client_last_ack, "- - same same same reset -", "- - same time_wait same reset -"},
    {TcpState::server_last_ack, "- - same time_wait same reset -", "- - same same same reset -"},
    {TcpState::time_wait, "closed - same same same same -", "closed - same same same same -"},
    {TcpState::reset, "closed - - - - same -", "closed - - - - same -"},
};

}  // namespace

TEST_CASE("every cell of the state table is as reviewed", "[tcp][fsm]") {
  STATIC_REQUIRE(std::size(kSnapshot) == kTcpStateCount);
  for (const Expected& expected : kSnapshot) {
    INFO(to_string(expected.state));
    CHECK(row(expected.state, Side::client) == expected.client);
    CHECK(row(expected.state, Side::server) == expected.server);
  }
}

TEST_CASE("past the handshake the table treats both sides alike", "[tcp][fsm]") {
  const auto mirrored = [](TcpState state) {
    switch (state) {
      case TcpState::client_fin_wait_1:
        return TcpState::server_fin_wait_1;
      case TcpState::client_fin_wait_2:
        return TcpState::server_fin_wait_2;
      case TcpState::server_fin_wait_1:
        return TcpState::client_fin_wait_1;
      case TcpState::server_fin_wait_2:
        return TcpState::client_fin_wait_2;
      case TcpState::client_last_ack:
        return TcpState::server_last_ack;
      case TcpState::server_last_ack:
        return TcpState::client_last_ack;
      default:
        return state;
    }
  };
  for (std::size_t s = static_cast<std::size_t>(TcpState::established); s < kTcpStateCount; ++s)
    for (std::size_t e = 0; e < kSegmentEventCount; ++e) {
      const auto state = static_cast<TcpState>(s);
      const auto event = static_cast<SegmentEvent>(e);
      INFO(to_string(state) << ' ' << to_string(event));
      CHECK(mirrored(next_state(state, Side::client, event)) ==
            next_state(mirrored(state), Side::server, event));
    }
}

TEST_CASE("every state can be reached and, except where it began, left", "[tcp][fsm]") {
  std::set<TcpState> reached{TcpState::closed};
  for (std::size_t round = 0; round < kTcpStateCount; ++round)
    for (const TcpState state : std::set<TcpState>{reached})
      for (const Side side : {Side::client, Side::server})
        for (std::size_t e = 0; e < kSegmentEventCount; ++e) {
          const TcpState next = next_state(state, side, static_cast<SegmentEvent>(e));
          if (next != TcpState::unexpected) reached.insert(next);
        }
  CHECK(reached.size() == kTcpStateCount);
}

TEST_CASE("an unexpected cell is not a state the table can be asked about", "[tcp][fsm]") {
  CHECK(next_state(TcpState::unexpected, Side::client, SegmentEvent::syn) == TcpState::unexpected);
  CHECK(to_string(TcpState::unexpected) == "unexpected");
}
