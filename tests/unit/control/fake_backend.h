#pragma once

#include <string>
#include <vector>

#include "config/appliance.h"
#include "config/schema.h"
#include "control/backend.h"

namespace gimbal {

/// A program without packets: its configuration is real, its figures are set by the test.
class FakeBackend : public Backend {
 public:
  std::string program() const override { return "gimbal"; }
  std::string version() const override { return "1.2.3"; }
  Capabilities capabilities() const override { return can; }
  bool ready() const override { return is_ready; }
  nlohmann::json status() const override { return {{"mode", to_string(ceiling)}}; }
  std::vector<WorkerCounters> counters() const override { return workers; }
  std::vector<ExtraMetric> extra_metrics() const override { return extras; }
  nlohmann::json config() const override { return describe(configuration); }
  std::string_view schema() const override { return appliance_schema(); }

  Result<nlohmann::json> patch_config(const nlohmann::json& merge_patch) override {
    auto next = patch_appliance_config(configuration, merge_patch);
    if (!next) return next.error();
    configuration = std::move(next.value());
    return config();
  }

  FlowPage flows(const FlowQuery& query) const override {
    FlowPage page;
    for (const auto& row : rows) {
      if (!matches(query, row)) continue;
      if (page.matching >= query.offset && page.rows.size() < query.limit) page.rows.push_back(row);
      ++page.matching;
    }
    return page;
  }

  Mode mode() const override { return ceiling; }
  Result<Mode> set_mode(Mode mode) override { return ceiling = mode; }

  Capabilities can;
  bool is_ready{true};
  Mode ceiling{Mode::repair};
  std::vector<WorkerCounters> workers;
  std::vector<ExtraMetric> extras;
  std::vector<FlowRow> rows;
  ApplianceConfig configuration{parse_appliance_config(R"({"ports": {
      "lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"}}})")
                                    .value()};
};

inline FlowRow sample_flow(std::uint16_t port, const char* state, const char* verdict) {
  FlowRow row;
  row.client = {IpAddress::v4(10, 0, 0, 1), port};
  row.server = {IpAddress::v4(10, 0, 0, 2), 443};
  row.state = state;
  row.client_on_lan = false;
  row.age = Nanos::millis(1500);
  row.halves[1].verdict = verdict;
  row.halves[1].reason = "holes filled late";
  row.halves[1].far_rtt_floor = Nanos::micros(20'125);
  row.halves[1].delivery_rate = BitRate::from_mbit(93.5);
  row.halves[1].local_retransmissions = 12;
  row.halves[1].acks_withheld = 34;
  return row;
}

}  // namespace gimbal
