#include "replay/report.h"

#include <cstdarg>
#include <cstdio>

#include "config/address_text.h"

namespace gimbal::replay {

namespace {

using Json = nlohmann::json;

[[gnu::format(printf, 1, 2)]] std::string line(const char* format, ...) {
  char text[512];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

unsigned long long wide(std::uint64_t n) { return n; }

std::string text(const Endpoint& end) {
  const std::string address = to_text(end.address);
  return (end.address.is_v4() ? address : "[" + address + "]") + ":" + std::to_string(end.port);
}

std::string flags(const Segment& segment) {
  std::string out;
  if (segment.flags.syn) out += 'S';
  if (segment.flags.fin) out += 'F';
  if (segment.flags.rst) out += 'R';
  if (segment.flags.psh) out += 'P';
  if (segment.flags.urg) out += 'U';
  if (segment.flags.ack) out += '.';
  return out;
}

std::string_view fate_name(const Entry& entry) {
  return entry.fate ? to_string(*entry.fate) : std::string_view{"unknown"};
}

double seconds(Instant at) { return static_cast<double>(at.ns()) * 1e-9 - 1.0; }

std::string print_packet(std::size_t number, const Entry& entry) {
  std::string what{to_string(entry.kind)};
  if (entry.kind == FrameKind::tcp) {
    const Segment& s = entry.segment;
    what = text(s.source) + " > " + text(s.destination) + " " + flags(s) + " seq " +
           std::to_string(s.seq.raw()) + " ack " + std::to_string(s.ack.raw()) + " len " +
           std::to_string(s.payload_length);
    if (s.options.sack_count > 0) what += " sack " + std::to_string(s.options.sack_count);
  }
  std::string out =
      line("%6zu %12.6f %s %-20s", number + 1, seconds(entry.at),
           entry.port == PortId::lan ? "lan" : "wan", std::string{fate_name(entry)}.c_str());
  const bool late = entry.left != Instant::never() && entry.left > entry.at;
  out += late ? line(" +%8.3f ms ", (entry.left - entry.at).to_ms()) : std::string(14, ' ');
  if (entry.copies > 0) out += line("resent %ux ", entry.copies);
  return out + what + "\n";
}

std::string print_half(const char* who, const HalfFlowRow& half) {
  if (half.bytes == 0) return {};
  std::string out = line(
      "    %-6s %10llu bytes  verdict %-15s far RTT %.1f/%.1f/%.1f ms  rate %.1f Mb/s  loss %.2f "
      "%%\n",
      who, wide(half.bytes), half.verdict, half.far_rtt_base.to_ms(), half.far_rtt_floor.to_ms(),
      half.far_rtt_ceiling.to_ms(), half.delivery_rate.to_mbit(), half.loss_ratio * 100);
  if (half.reason[0] != '\0') out += line("           because %s\n", half.reason);
  out += line(
      "           resent by sender %llu, from here %llu, probes %llu; ACKs withheld %llu, windows "
      "edited %llu\n",
      wide(half.sender_retransmissions), wide(half.local_retransmissions), wide(half.tail_probes),
      wide(half.acks_withheld), wide(half.window_edits));
  return out;
}

Json half_json(const HalfFlowRow& half) {
  return Json{{"bytes", half.bytes},
              {"verdict", half.verdict},
              {"reason", half.reason},
              {"repairing", half.repairing},
              {"far_rtt_base_us", half.far_rtt_base.to_us()},
              {"far_rtt_floor_us", half.far_rtt_floor.to_us()},
              {"far_rtt_ceiling_us", half.far_rtt_ceiling.to_us()},
              {"near_rtt_us", half.near_rtt.to_us()},
              {"reorder_window_us", half.reorder_window.to_us()},
              {"delivery_rate_bps", half.delivery_rate.bits_per_second()},
              {"loss_ratio", half.loss_ratio},
              {"sender_retransmissions", half.sender_retransmissions},
              {"local_retransmissions", half.local_retransmissions},
              {"tail_probes", half.tail_probes},
              {"acks_withheld", half.acks_withheld},
              {"window_edits", half.window_edits}};
}

Json packet_json(const Entry& entry) {
  Json out{{"at_us", static_cast<double>(entry.at.ns()) * 1e-3 - 1e6},
           {"port", entry.port == PortId::lan ? "lan" : "wan"},
           {"length", entry.length},
           {"kind", to_string(entry.kind)},
           {"fate", fate_name(entry)},
           {"copies", entry.copies}};
  if (entry.left != Instant::never()) out["held_us"] = (entry.left - entry.at).to_us();
  if (entry.kind != FrameKind::tcp) return out;
  out["source"] = text(entry.segment.source);
  out["destination"] = text(entry.segment.destination);
  out["seq"] = entry.segment.seq.raw();
  out["ack"] = entry.segment.ack.raw();
  out["flags"] = flags(entry.segment);
  out["payload"] = entry.segment.payload_length;
  return out;
}

}  // namespace

std::string print(const Account& account) {
  std::string out = account.path + ": " + std::to_string(account.frames) + " frames, " +
                    line("%.3f s\n", account.span.to_seconds());
  out += "  " + account.cables + "\n";
  if (!account.damage.empty()) out += "  ended early: " + account.damage + "\n";
  if (account.refused > 0) out += line("  lost here, no buffer: %llu\n", wide(account.refused));
  for (std::size_t i = 0; i < account.packets.size(); ++i)
    out += print_packet(i, account.packets[i]);
  out += "  fates\n";
  for (std::size_t i = 0; i < kFateCount; ++i)
    if (account.counters.fates[i] > 0)
      out += line("    %10llu  %-20s %s\n", wide(account.counters.fates[i]),
                  std::string{kFates[i].name}.c_str(), std::string{kFates[i].help}.c_str());
  out += "  flows\n";
  for (const FlowRow& flow : account.flows) {
    out += "    " + text(flow.client) + " - " + text(flow.server) + "  " + flow.state + "  mode " +
           std::string{to_string(flow.mode)} + (flow.midstream ? "  seen from the middle" : "") +
           "\n";
    out += print_half("client", flow.halves[0]) + print_half("server", flow.halves[1]);
  }
  return out;
}

nlohmann::json to_json(const Account& account) {
  Json out{{"capture", account.path},  {"cables", account.cables},
           {"frames", account.frames}, {"span_us", account.span.to_us()},
           {"damage", account.damage}, {"refused", account.refused},
           {"fates", Json::object()},  {"flows", Json::array()}};
  for (std::size_t i = 0; i < kFateCount; ++i)
    if (account.counters.fates[i] > 0)
      out["fates"][std::string{kFates[i].name}] = account.counters.fates[i];
  for (const FlowRow& flow : account.flows)
    out["flows"].push_back({{"client", text(flow.client)},
                            {"server", text(flow.server)},
                            {"vlan", flow.vlan},
                            {"state", flow.state},
                            {"mode", to_string(flow.mode)},
                            {"midstream", flow.midstream},
                            {"client_on_lan", flow.client_on_lan},
                            {"from_client", half_json(flow.halves[0])},
                            {"from_server", half_json(flow.halves[1])}});
  for (const Entry& entry : account.packets) out["packets"].push_back(packet_json(entry));
  return out;
}

}  // namespace gimbal::replay
