#include "emulator_config.h"

#include "config/json_reader.h"
#include "config/sections.h"
#include "direction_json.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

void read_ports(const JsonReader& in, EmulatorConfig& config) {
  in.allow_only({"a", "b", "allow_default_route"});
  const auto a = in.at("a");
  const auto b = in.at("b");
  config.ports = {read_port(a), read_port(b)};
  require_distinct(a, b);
  if (const auto allow = in.find("allow_default_route")) {
    config.allow_default_route = allow->boolean();
  }
}

/// Two workers would each keep half of the rate and no common order.
void require_one_core(const JsonReader& in, const EmulatorConfig& config) {
  if (in.failed() || config.workers.cores.size() == 1) return;
  in.at("cores").fail("must name one core: one worker keeps the order and the rate of a direction");
}

EmulatorConfig read_emulator(const JsonReader& in) {
  in.allow_only({"ports", "workers", "memory", "control", "seed", "truth_log", "a_to_b", "b_to_a"});
  EmulatorConfig config;
  read_ports(in.at("ports"), config);
  if (const auto workers = in.find("workers")) {
    config.workers = read_workers(*workers);
    require_one_core(*workers, config);
  }
  if (const auto memory = in.find("memory")) {
    memory->allow_only({"hugepages", "packets"});
    config.memory = read_memory(*memory);
  }
  if (const auto control = in.find("control")) {
    config.control = read_control(*control, config.control);
  }
  if (const auto seed = in.find("seed")) {
    config.seed = seed->integer<std::uint64_t>(0, UINT64_MAX);
  }
  if (const auto log = in.find("truth_log"); log && !log->is_null()) {
    config.truth_log = log->text(1, 4096);
  }
  if (const auto way = in.find("a_to_b")) config.ways[0] = read_direction(*way);
  if (const auto way = in.find("b_to_a")) config.ways[1] = read_direction(*way);
  return config;
}

Result<EmulatorConfig> check(const json& document) {
  std::optional<Error> error;
  const EmulatorConfig config = read_emulator(JsonReader{document, error});
  if (error) return *error;
  return config;
}

}  // namespace

Result<EmulatorConfig> parse_emulator_config(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  return check(document.value());
}

Result<EmulatorConfig> load_emulator_config(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return text.error();
  return parse_emulator_config(text.value());
}

json describe(const EmulatorConfig& config) {
  json memory = describe(config.memory);
  memory.erase("flows");
  return {{"ports",
           {{"a", describe(config.ports[0])},
            {"b", describe(config.ports[1])},
            {"allow_default_route", config.allow_default_route}}},
          {"workers", describe(config.workers)},
          {"memory", memory},
          {"control", describe(config.control)},
          {"seed", config.seed},
          {"truth_log", config.truth_log ? json(*config.truth_log) : json(nullptr)},
          {"a_to_b", describe(config.ways[0])},
          {"b_to_a", describe(config.ways[1])}};
}

Result<EmulatorConfig> patch_emulator_config(const EmulatorConfig& current,
                                             const json& merge_patch) {
  const json before = describe(current);
  json after = before;
  after.merge_patch(merge_patch);
  auto checked = check(after);
  if (!checked) return checked;
  const json normal = describe(checked.value());
  for (const auto& [key, value] : normal.items()) {
    if (key != "a_to_b" && key != "b_to_a" && value != before.at(key)) {
      return Error{key, "cannot change while running: restart with the new configuration"};
    }
  }
  return checked;
}

}  // namespace gimbal::impair
