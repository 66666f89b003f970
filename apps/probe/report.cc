#include "probe/report.h"

namespace gimbal::probe {

using nlohmann::json;

json describe(const Source& source) {
  json out{{"sent", source.sent()}};
  for (const char* column : {"t_ms", "cwnd", "ssthresh", "rtt_us", "unacked", "retransmitted",
                             "peer_window", "mss", "acked"})
    out[column] = json::array();
  for (const auto& [t_ms, tcp] : source.trace()) {
    out["t_ms"].push_back(t_ms);
    out["cwnd"].push_back(tcp.cwnd);
    out["ssthresh"].push_back(tcp.ssthresh);
    out["rtt_us"].push_back(tcp.rtt_us);
    out["unacked"].push_back(tcp.unacked);
    out["retransmitted"].push_back(tcp.retransmitted);
    out["peer_window"].push_back(tcp.peer_window);
    out["mss"].push_back(tcp.mss);
    out["acked"].push_back(tcp.acked);
  }
  return out;
}

json describe(const Sink& sink) {
  json out{{"received", sink.received()}, {"verified", sink.verified()}};
  if (sink.mismatch()) out["mismatch_offset"] = *sink.mismatch();
  out["t_ms"] = json::array();
  out["bytes"] = json::array();
  for (const auto& [t_ms, bytes] : sink.trace()) {
    out["t_ms"].push_back(t_ms);
    out["bytes"].push_back(bytes);
  }
  return out;
}

double goodput_mbit(const json& sink) {
  if (sink["t_ms"].empty()) return 0;
  const double ms = sink["t_ms"].back().get<double>();
  return ms > 0 ? sink["bytes"].back().get<double>() * 8e-3 / ms : 0;
}

}  // namespace gimbal::probe
