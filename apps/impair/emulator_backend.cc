#include "emulator_backend.h"

#include <array>
#include <optional>
#include <span>
#include <utility>

#include "capture_route.h"
#include "config/json_reader.h"
#include "config/schema.h"
#include "page_json.h"

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

nlohmann::json describe(const ScenarioState& state) {
  return {{"name", state.name},
          {"running", state.running},
          {"elapsed_s", state.elapsed.to_seconds()},
          {"step", state.step},
          {"steps", state.steps},
          {"note", state.note},
          {"next_change_s", state.next_due == Nanos::max()
                                ? nlohmann::json(nullptr)
                                : nlohmann::json(state.next_due.to_seconds())}};
}

constexpr std::array<JsonReader::Choice<ScenarioAction>, 3> kActions{
    {{"start", ScenarioAction::start},
     {"stop", ScenarioAction::stop},
     {"restart", ScenarioAction::restart}}};

Result<nlohmann::json> act(ScenarioPlayer& player, const nlohmann::json& body) {
  std::optional<Error> error;
  const JsonReader in{body, error};
  in.allow_only({"action"});
  const auto action =
      in.at("action").choice(std::span<const JsonReader::Choice<ScenarioAction>>{kActions});
  if (error) return *error;
  if (auto refused = player.act(action)) return *refused;
  return describe(player.state());
}

nlohmann::json describe_operation(const char* id, const char* summary, bool takes_action) {
  const nlohmann::json problem{{"$ref", "#/components/responses/Problem"}};
  const nlohmann::json any{{"application/json", {{"schema", {{"type", "object"}}}}}};
  nlohmann::json out{
      {"operationId", id},
      {"summary", summary},
      {"tags", {"operation"}},
      {"responses", {{"200", {{"description", summary}, {"content", any}}}, {"default", problem}}}};
  if (!takes_action) return out;
  const nlohmann::json names{{"enum", {"start", "stop", "restart"}}};
  out["requestBody"] = {{"required", true},
                        {"content",
                         {{"application/json",
                           {{"schema",
                             {{"type", "object"},
                              {"required", {"action"}},
                              {"additionalProperties", false},
                              {"properties", {{"action", names}}}}}}}}}};
  for (const char* const status : {"400", "415", "422"}) out["responses"][status] = problem;
  return out;
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
  for (ExtraMetric& metric : capture_metrics(emulator_)) out.push_back(std::move(metric));
  for (const auto& [label, share] : {std::pair{"0.5", 0.5}, {"0.99", 0.99}, {"0.999", 0.999}}) {
    out.push_back(sample("gimbal_impair_release_lateness_seconds", CounterKind::gauge,
                         "How much later than planned packets left, over the whole run",
                         {{"quantile", label}}, page.lateness.percentile(share).to_seconds()));
  }
  return out;
}

Result<nlohmann::json> EmulatorBackend::patch_config(const nlohmann::json& merge_patch) {
  auto patched = patch_emulator_config(*player_.config(), merge_patch);
  if (!patched) return patched.error();
  if (auto error = player_.change(std::move(patched.value()))) return *error;
  return config();
}

nlohmann::json EmulatorBackend::status() const {
  nlohmann::json out = emulator_.status();
  out["scenario"] = describe(player_.state());
  return out;
}

std::vector<ExtraRoute> EmulatorBackend::extra_routes() {
  std::vector<ExtraRoute> routes{
      {"GET", "/api/v1/scenario",
       [this](const auto&) -> Result<nlohmann::json> { return describe(player_.state()); },
       describe_operation("getScenario", "Where the timeline stands.", false)},
      {"POST", "/api/v1/scenario",
       [this](const auto& body) -> Result<nlohmann::json> { return act(player_, body); },
       describe_operation("postScenario",
                          "Starts, stops or restarts the timeline; packets on their way stay.",
                          true)},
      {"GET", "/api/v1/histogram",
       [this](const auto&) -> Result<nlohmann::json> {
         return describe_histograms(emulator_.page());
       },
       describe_operation("getHistogram",
                          "Delays decided on and lateness of releases, in microseconds.", false)},
  };
  for (ExtraRoute& route : capture_routes(emulator_)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace gimbal::impair
