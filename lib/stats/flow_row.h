#pragma once

#include <array>
#include <cstdint>

#include "base/rate.h"
#include "base/time.h"
#include "policy/policy.h"
#include "wire/address.h"

namespace gimbal {

/// One direction of data of a flow, as an operator sees it. Plain values, copied by the worker that
/// owns the flow. Zero durations and rates mean "not measured yet".
struct HalfFlowRow {
  std::uint64_t bytes{0};      ///< Payload bytes seen, retransmissions included.
  std::uint64_t in_flight{0};  ///< Bytes sent towards the receiver, not acknowledged.
  std::uint64_t queued{0};     ///< Bytes waiting here for their paced time.
  std::uint64_t cached_packets{0};
  Nanos far_rtt_floor{};    ///< p25 of the last round, appliance to receiver and back.
  Nanos far_rtt_base{};     ///< Lowest floor of the last 10-30 s.
  Nanos far_rtt_ceiling{};  ///< p90 of the last round.
  Nanos near_rtt{};         ///< Appliance to sender and back, smoothed.
  Nanos reorder_window{};   ///< Learned lateness that is not yet loss.
  BitRate delivery_rate{};
  double loss_ratio{0};     ///< Losses found on the far leg per segment sent.
  std::uint64_t window{0};  ///< Bytes the far-leg controller allows in flight; 0: passive.
  std::uint64_t local_retransmissions{0};
  std::uint64_t tail_probes{0};
  std::uint64_t acks_withheld{0};
  std::uint64_t window_edits{0};
  std::uint64_t sender_retransmissions{0};
  const char* verdict{"unknown"};  ///< Static string: one of engine.md's words.
  const char* reason{""};          ///< Static string: the test that decided.
  bool repairing{false};
};

/// A flow as `GET /api/v1/flows` shows it. halves[0] carries the client's data, halves[1] the
/// server's.
struct FlowRow {
  Endpoint client;
  Endpoint server;
  std::uint16_t vlan{0};
  std::uint16_t worker{0};
  const char* state{""};  ///< Static string: RFC 9293 name of the connection's state.
  Mode mode{Mode::repair};
  Custody custody{Custody::never};
  bool client_on_lan{false};
  bool midstream{false};
  Nanos age{};
  Nanos idle{};
  std::array<HalfFlowRow, 2> halves{};
};

}  // namespace gimbal
