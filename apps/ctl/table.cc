#include "table.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace gimbal::ctl {

namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

/// Numbers short, null as a dash, texts bare.
std::string cell(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>().empty() ? "-" : value.get<std::string>();
  if (!value.is_number_float()) return value.dump();
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value.get<double>());
  return text;
}

std::string endpoint(const json& end) {
  const auto address = end.at("address").get<std::string>();
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? '[' + address + ']' : address) + ':' + cell(end.at("port"));
}

void collect(const json& node, const std::string& path, std::vector<Row>& rows) {
  if (!node.is_structured() || node.empty()) {
    rows.push_back({path, cell(node)});
    return;
  }
  for (const auto& [key, child] : node.items()) {
    const auto step = node.is_array() ? '[' + key + ']' : (path.empty() ? "" : ".") + key;
    collect(child, path + step, rows);
  }
}

}  // namespace

std::string flows_table(const json& page) {
  std::vector<Row> rows{{"CLIENT", "SERVER", "STATE", "MODE", "AGE s", "DATA OF", "VERDICT",
                         "FLOOR ms", "CEIL ms", "RATE Mb/s", "LOSS %", "RESENT", "PROBES",
                         "ACKS HELD", "SENDER RESENT"}};
  for (const auto& flow : page.at("flows")) {
    bool first = true;
    for (const auto& half : flow.at("halves")) {
      Row row{"", "", "", "", ""};
      if (first)
        row = {endpoint(flow.at("client")), endpoint(flow.at("server")), cell(flow.at("state")),
               cell(flow.at("mode")), cell(json(flow.at("age_ms").get<double>() / 1e3))};
      first = false;
      for (const auto* key :
           {"data_from", "verdict", "far_rtt_floor_ms", "far_rtt_ceiling_ms", "delivery_rate_mbit"})
        row.push_back(cell(half.at(key)));
      row.push_back(cell(json(half.at("loss_ratio").get<double>() * 100)));
      for (const auto* key :
           {"local_retransmissions", "tail_probes", "acks_withheld", "sender_retransmissions"})
        row.push_back(cell(half.at(key)));
      rows.push_back(std::move(row));
    }
  }
  return aligned(rows) + cell(json(page.at("flows").size())) + " shown of " +
         cell(page.at("matching")) + " matching\n";
}

std::string leaves_table(const json& document) {
  std::vector<Row> rows;
  collect(document, "", rows);
  return aligned(rows);
}

}  // namespace gimbal::ctl
