#include "emulator_backend.h"

#include "config/schema.h"

namespace gimbal::impair {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Families {
  std::vector<ExtraMetric> received, transmitted, dropped, held, backlog;
};

ExtraMetric sample(const char* name, CounterKind kind, const char* help, Labels labels,
                   double value) {
  return ExtraMetric{name, kind, help, std::move(labels), value};
}

void add_way(Families& out, const std::string& name, const EmulatorCounters& way) {
  const Labels labels{{"direction", name}};
  out.received.push_back(sample("gimbal_impair_received_packets_total", CounterKind::counter,
                                "Packets that arrived", labels, static_cast<double>(way.received)));
  out.transmitted.push_back(sample("gimbal_impair_transmitted_packets_total", CounterKind::counter,
                                   "Packets that left", labels,
                                   static_cast<double>(way.transmitted)));
  for (std::size_t cause = 1; cause < kDropCauseCount; ++cause) {
    out.dropped.push_back(sample("gimbal_impair_dropped_packets_total", CounterKind::counter,
                                 "Packets that were not carried, by cause",
                                 {{"direction", name}, {"cause", std::string{kDropCauses[cause]}}},
                                 static_cast<double>(way.dropped[cause])));
  }
  out.held.push_back(sample("gimbal_impair_held_packets", CounterKind::gauge,
                            "Packets on their way", labels, static_cast<double>(way.held)));
  out.backlog.push_back(sample("gimbal_impair_backlog_bytes", CounterKind::gauge,
                               "Bytes in the bottleneck queue", labels,
                               static_cast<double>(way.backlog_bytes)));
}

}  // namespace

std::string EmulatorBackend::version() const { return GIMBAL_VERSION; }

std::string_view EmulatorBackend::schema() const { return emulator_schema(); }

std::vector<ExtraMetric> EmulatorBackend::extra_metrics() const {
  const EmulatorPage page = emulator_.page();
  Families families;
  add_way(families, "a_to_b", page.ways[0]);
  add_way(families, "b_to_a", page.ways[1]);
  std::vector<ExtraMetric> out;
  for (auto* family : {&families.received, &families.transmitted, &families.dropped, &families.held,
                       &families.backlog}) {
    out.insert(out.end(), family->begin(), family->end());
  }
  for (const auto& [label, share] : {std::pair{"0.5", 0.5}, {"0.99", 0.99}, {"0.999", 0.999}}) {
    out.push_back(sample("gimbal_impair_release_lateness_seconds", CounterKind::gauge,
                         "How much later than planned packets left, over the whole run",
                         {{"quantile", label}}, page.lateness.percentile(share).to_seconds()));
  }
  return out;
}

Result<nlohmann::json> EmulatorBackend::patch_config(const nlohmann::json& merge_patch) {
  auto patched = patch_emulator_config(config_, merge_patch);
  if (!patched) return patched.error();
  if (auto error = emulator_.change(patched.value().ways)) return *error;
  config_ = std::move(patched.value());
  return describe(config_);
}

}  // namespace gimbal::impair
