#include "control/flow_json.h"

#include <cmath>

#include "config/address_text.h"

namespace gimbal {

namespace {

using nlohmann::json;

/// Three decimals are a microsecond or a kilobit: the rest is noise in a listing.
double rounded(double value) noexcept { return std::round(value * 1e3) / 1e3; }

json measured(Nanos span) { return span == Nanos{} ? json{} : json(rounded(span.to_ms())); }
json measured(BitRate rate) { return rate.is_zero() ? json{} : json(rounded(rate.to_mbit())); }

json endpoint(const Endpoint& end) {
  return {{"address", to_text(end.address)}, {"port", end.port}};
}

json half(const HalfFlowRow& row, const char* data_from) {
  return {{"data_from", data_from},
          {"verdict", row.verdict},
          {"reason", row.reason},
          {"repairing", row.repairing},
          {"bytes", row.bytes},
          {"in_flight_bytes", row.in_flight},
          {"queued_bytes", row.queued},
          {"cached_packets", row.cached_packets},
          {"window_bytes", row.window == 0 ? json{} : json(row.window)},
          {"far_rtt_floor_ms", measured(row.far_rtt_floor)},
          {"far_rtt_base_ms", measured(row.far_rtt_base)},
          {"far_rtt_ceiling_ms", measured(row.far_rtt_ceiling)},
          {"near_rtt_ms", measured(row.near_rtt)},
          {"reorder_window_ms", measured(row.reorder_window)},
          {"delivery_rate_mbit", measured(row.delivery_rate)},
          {"loss_ratio", std::round(row.loss_ratio * 1e6) / 1e6},
          {"local_retransmissions", row.local_retransmissions},
          {"tail_probes", row.tail_probes},
          {"acks_withheld", row.acks_withheld},
          {"window_edits", row.window_edits},
          {"sender_retransmissions", row.sender_retransmissions}};
}

}  // namespace

json to_json(const FlowRow& row) {
  return {{"client", endpoint(row.client)},
          {"server", endpoint(row.server)},
          {"protocol", "tcp"},
          {"vlan", row.vlan == 0 ? json{} : json(row.vlan)},
          {"worker", row.worker},
          {"state", row.state},
          {"mode", to_string(row.mode)},
          {"custody", to_string(row.custody)},
          {"client_on", row.client_on_lan ? "lan" : "wan"},
          {"midstream", row.midstream},
          {"age_ms", rounded(row.age.to_ms())},
          {"idle_ms", rounded(row.idle.to_ms())},
          {"halves", {half(row.halves[0], "client"), half(row.halves[1], "server")}}};
}

}  // namespace gimbal
