#include "tcp/fsm.h"

#include <array>

namespace gimbal {
namespace {

// clang-format off
constexpr TcpState NIL = TcpState::closed,            SSN = TcpState::syn_sent,
                   SIM = TcpState::simultaneous_open, SRC = TcpState::syn_received,
                   EST = TcpState::established,       CF1 = TcpState::client_fin_wait_1,
                   CF2 = TcpState::client_fin_wait_2, SF1 = TcpState::server_fin_wait_1,
                   SF2 = TcpState::server_fin_wait_2, CLG = TcpState::closing,
                   CLA = TcpState::client_last_ack,   SLA = TcpState::server_last_ack,
                   TMW = TcpState::time_wait,         RST = TcpState::reset,
                   xxx = TcpState::unexpected;
// clang-format on

using Row = std::array<TcpState, kSegmentEventCount>;
using SidePair = std::array<Row, kSideCount>;

// new = kTable[state][side][event]. Every cell is written out, so that a segment nobody thought of
// is `unexpected` by decision and not by a zero. Read a row against RFC 9293 figure 5, standing
// between the two ends: the event is what passes, not what an end has received.
//
// - A SYN-ACK repeated after the handshake (its ACK was lost) and a FIN repeated keep the state.
// - `ack_of_fin` is every ACK that covers the FIN, so a plain `ack` in a later state is an old one.
// - The server may send data and FIN before its SYN-ACK is acknowledged (RFC 7413 4.2).
// - RST does not leave time_wait (RFC 1337): the connection is over either way.
// clang-format off
constexpr std::array<SidePair, kTcpStateCount> kTable{{
//                   syn  s-ack ack  aofin fin  rst  other
/* NIL client */ {{{SSN, EST, EST, xxx, xxx, RST, xxx},
/*     server */   {xxx, xxx, xxx, xxx, xxx, xxx, xxx}}},
/* SSN client */ {{{SSN, xxx, xxx, xxx, xxx, RST, xxx},
/*     server */   {SIM, SRC, xxx, xxx, xxx, RST, xxx}}},
/* SIM client */ {{{SIM, SRC, xxx, xxx, xxx, RST, xxx},
/*     server */   {SIM, SRC, xxx, xxx, xxx, RST, xxx}}},
/* SRC client */ {{{SRC, EST, EST, xxx, xxx, RST, xxx},
/*     server */   {xxx, SRC, SRC, xxx, SF1, RST, xxx}}},
/* EST client */ {{{xxx, EST, EST, xxx, CF1, RST, xxx},
/*     server */   {xxx, EST, EST, xxx, SF1, RST, xxx}}},
/* CF1 client */ {{{xxx, CF1, CF1, xxx, CF1, RST, xxx},
/*     server */   {xxx, CF1, CF1, CF2, CLG, RST, xxx}}},
/* CF2 client */ {{{xxx, xxx, CF2, xxx, CF2, RST, xxx},
/*     server */   {xxx, xxx, CF2, CF2, SLA, RST, xxx}}},
/* SF1 client */ {{{xxx, SF1, SF1, SF2, CLG, RST, xxx},
/*     server */   {xxx, SF1, SF1, xxx, SF1, RST, xxx}}},
/* SF2 client */ {{{xxx, xxx, SF2, SF2, CLA, RST, xxx},
/*     server */   {xxx, xxx, SF2, xxx, SF2, RST, xxx}}},
/* CLG client */ {{{xxx, xxx, CLG, CLA, CLG, RST, xxx},
/*     server */   {xxx, xxx, CLG, SLA, CLG, RST, xxx}}},
/* CLA client */ {{{xxx, xxx, CLA, CLA, CLA, RST, xxx},
/*     server */   {xxx, xxx, CLA, TMW, CLA, RST, xxx}}},
/* SLA client */ {{{xxx, xxx, SLA, TMW, SLA, RST, xxx},
/*     server */   {xxx, xxx, SLA, SLA, SLA, RST, xxx}}},
/* TMW client */ {{{NIL, xxx, TMW, TMW, TMW, TMW, xxx},
/*     server */   {NIL, xxx, TMW, TMW, TMW, TMW, xxx}}},
/* RST client */ {{{NIL, xxx, xxx, xxx, xxx, RST, xxx},
/*     server */   {NIL, xxx, xxx, xxx, xxx, RST, xxx}}},
}};
// clang-format on

// clang-format off
constexpr std::array<std::string_view, kTcpStateCount + 1> kStateNames{
    "closed",            "syn_sent",          "simultaneous_open", "syn_received",
    "established",       "client_fin_wait_1", "client_fin_wait_2", "server_fin_wait_1",
    "server_fin_wait_2", "closing",           "client_last_ack",   "server_last_ack",
    "time_wait",         "reset",             "unexpected"};
// clang-format on

constexpr std::array<std::string_view, kSegmentEventCount> kEventNames{
    "syn", "syn_ack", "ack", "ack_of_fin", "fin", "rst", "other"};

}  // namespace

std::string_view to_string(TcpState state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(SegmentEvent event) noexcept {
  return kEventNames[static_cast<std::size_t>(event)];
}

TcpState next_state(TcpState state, Side from, SegmentEvent event) noexcept {
  if (state >= TcpState::unexpected) return TcpState::unexpected;
  return kTable[static_cast<std::size_t>(state)][index(from)][static_cast<std::size_t>(event)];
}

}  // namespace gimbal
