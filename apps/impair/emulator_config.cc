#include "emulator_config.h"

#include <algorithm>
#include <utility>

#include "config/json_reader.h"
#include "config/schema.h"
#include "config/sections.h"
#include "direction_json.h"
#include "timeline_json.h"

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

void read_emulator(const JsonReader& in, EmulatorConfig& config) {
  in.allow_only({"ports", "workers", "memory", "control", "seed", "truth_log", "capture", "a_to_b",
                 "b_to_a", "name", "source", "timeline", "timeline_repeat_s"});
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
  if (const auto capture = in.find("capture")) {
    capture->allow_only({"folder"});
    if (const auto folder = capture->find("folder"); folder && !folder->is_null()) {
      config.capture_folder = folder->text(1, 4096);
    }
  }
  if (const auto name = in.find("name")) config.name = name->text(0, 64);
  if (const auto source = in.find("source")) config.source = source->text(0, 4096);
  if (const auto way = in.find("a_to_b")) config.ways[0] = read_direction(*way, config.models);
  if (const auto way = in.find("b_to_a")) config.ways[1] = read_direction(*way, config.models);
  config.timeline = read_timeline(in, config.models);
}

Result<EmulatorConfig> check(json document, ModelStore models) {
  std::optional<Error> error;
  EmulatorConfig config;
  config.models = std::move(models);
  config.document = std::move(document);
  read_emulator(JsonReader{config.document, error}, config);
  if (!error) error = check_schema(config.document, emulator_schema());
  if (error) return *error;
  return config;
}

json direction(const EmulatorConfig& config, const char* key, std::size_t way) {
  const auto written = config.document.find(key);
  return describe(config.ways[way], written != config.document.end() ? *written : json::object());
}

}  // namespace

Result<EmulatorConfig> parse_emulator_config(std::string_view text) {
  auto document = parse_json(text);
  if (!document) return document.error();
  return read_emulator_config(std::move(document.value()));
}

Result<EmulatorConfig> read_emulator_config(json document) {
  return check(std::move(document), ModelStore{});
}

std::size_t max_held(const EmulatorConfig& config) noexcept {
  const std::uint32_t packets = config.memory.packets;
  return packets - std::min(packets / 4, 6144u);
}

json describe(const EmulatorConfig& config) {
  json memory = describe(config.memory);
  memory.erase("flows");
  json out = {{"ports",
               {{"a", describe(config.ports[0])},
                {"b", describe(config.ports[1])},
                {"allow_default_route", config.allow_default_route}}},
              {"workers", describe(config.workers)},
              {"memory", memory},
              {"control", describe(config.control)},
              {"seed", config.seed},
              {"truth_log", config.truth_log ? json(*config.truth_log) : json(nullptr)},
              {"capture",
               {{"folder", config.capture_folder ? json(*config.capture_folder) : json(nullptr)}}},
              {"a_to_b", direction(config, "a_to_b", 0)},
              {"b_to_a", direction(config, "b_to_a", 1)}};
  for (const char* const key : {"name", "source", "timeline", "timeline_repeat_s"}) {
    if (const auto found = config.document.find(key); found != config.document.end()) {
      out[key] = *found;
    }
  }
  return out;
}

Result<EmulatorConfig> patch_emulator_config(const EmulatorConfig& current,
                                             const json& merge_patch) {
  const json before = describe(current);
  json after = before;
  after.merge_patch(merge_patch);
  ModelStore models = current.models;
  models.seal();
  auto checked = check(std::move(after), std::move(models));
  if (!checked) return checked;
  const json normal = describe(checked.value());
  for (const auto& [key, value] : normal.items()) {
    const bool live =
        key == "a_to_b" || key == "b_to_a" || key == "timeline" || key == "timeline_repeat_s";
    if (!live && value != before.value(key, json{})) {
      return Error{key, "cannot change while running: restart with the new configuration"};
    }
  }
  return checked;
}

}  // namespace gimbal::impair
