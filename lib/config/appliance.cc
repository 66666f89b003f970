#include "config/appliance.h"

#include <array>

#include "config/address_text.h"
#include "config/json_reader.h"
#include "config/schema.h"
#include "config/sections.h"

namespace gimbal {

namespace {

using nlohmann::json;

constexpr std::array<JsonReader::Choice<Mode>, 3> kModes{
    {{"bypass", Mode::bypass}, {"observe", Mode::observe}, {"auto", Mode::repair}}};
constexpr std::array<JsonReader::Choice<Custody>, 3> kCustodies{
    {{"never", Custody::never},
     {"when-unsteady", Custody::when_unsteady},
     {"always", Custody::always}}};

Mode read_mode(const JsonReader& in) {
  return in.choice(std::span<const JsonReader::Choice<Mode>>{kModes});
}

Custody read_custody(const JsonReader& in) {
  return in.choice(std::span<const JsonReader::Choice<Custody>>{kCustodies});
}

void read_ports(const JsonReader& in, ApplianceConfig& config) {
  in.allow_only({"lan", "wan", "allow_default_route"});
  const auto lan = in.at("lan");
  const auto wan = in.at("wan");
  config.lan = read_port(lan);
  config.wan = read_port(wan);
  require_distinct(lan, wan);
  if (const auto allow = in.find("allow_default_route"))
    config.allow_default_route = allow->boolean();
}

void read_match(const JsonReader& in, PolicyRule& rule) {
  in.allow_only({"prefix", "port"});
  if (const auto port = in.find("port")) rule.port = port->integer<std::uint16_t>(0, 65535);
  const auto prefix = in.find("prefix");
  if (!prefix) return;
  const auto text = prefix->text(1, 64);
  if (in.failed()) return;
  const auto parsed = parse_ip_prefix(text);
  if (!parsed) return prefix->fail_value(parsed.error().what);
  rule.prefix = parsed.value().address;
  rule.prefix_bits = parsed.value().bits;
}

void read_without(const JsonReader& in, ActuatorSet& actuators) {
  std::array<JsonReader::Choice<Actuator>, kActuatorCount> choices;
  for (std::size_t i = 0; i < kActuatorCount; ++i)
    choices[i] = {kActuatorNames[i], static_cast<Actuator>(i)};
  const auto count = in.size(0, kActuatorCount);
  for (std::size_t i = 0; i < count && !in.failed(); ++i)
    actuators.remove(in.at(i).choice(std::span<const JsonReader::Choice<Actuator>>{choices}));
}

PolicyRule read_rule(const JsonReader& in) {
  in.allow_only({"match", "mode", "custody"});
  PolicyRule rule;
  read_match(in.at("match"), rule);
  rule.mode = read_mode(in.at("mode"));
  if (const auto custody = in.find("custody")) rule.custody = read_custody(*custody);
  return rule;
}

void read_policy(const JsonReader& in, Policy& policy) {
  in.allow_only({"default", "rules", "without"});
  if (const auto fallback = in.find("default")) {
    fallback->allow_only({"mode", "custody"});
    if (const auto mode = fallback->find("mode")) policy.fallback.mode = read_mode(*mode);
    if (const auto custody = fallback->find("custody"))
      policy.fallback.custody = read_custody(*custody);
  }
  if (const auto without = in.find("without")) read_without(*without, policy.fallback.actuators);
  const auto rules = in.find("rules");
  if (!rules) return;
  const auto count = rules->size(0, Policy::kMaxRules);
  for (std::size_t i = 0; i < count && !in.failed(); ++i)
    policy.rules[policy.rule_count++] = read_rule(rules->at(i));
}

Result<ApplianceConfig> read_appliance(const json& document) {
  std::optional<Error> error;
  const JsonReader root{document, error};
  ApplianceConfig config;
  root.allow_only({"ports", "workers", "memory", "control", "policy"});
  read_ports(root.at("ports"), config);
  if (const auto workers = root.find("workers")) config.workers = read_workers(*workers);
  if (const auto memory = root.find("memory")) config.memory = read_memory(*memory);
  if (const auto control = root.find("control"))
    config.control = read_control(*control, config.control);
  if (const auto policy = root.find("policy")) read_policy(*policy, config.policy);
  if (!error) error = check_schema(document, appliance_schema());
  if (error) return *error;
  return config;
}

json describe_rule(const PolicyRule& rule) {
  json match = json::object();
  if (rule.prefix_bits != 0) match["prefix"] = to_text(IpPrefix{rule.prefix, rule.prefix_bits});
  if (rule.port != 0) match["port"] = rule.port;
  return {{"match", match}, {"mode", to_string(rule.mode)}, {"custody", to_string(rule.custody)}};
}

json describe_policy(const Policy& policy) {
  json rules = json::array();
  for (std::size_t i = 0; i < policy.rule_count; ++i)
    rules.push_back(describe_rule(policy.rules[i]));
  json without = json::array();
  for (std::size_t i = 0; i < kActuatorCount; ++i)
    if (!policy.fallback.actuators.has(static_cast<Actuator>(i)))
      without.push_back(kActuatorNames[i]);
  return {{"default",
           {{"mode", to_string(policy.fallback.mode)},
            {"custody", to_string(policy.fallback.custody)}}},
          {"rules", rules},
          {"without", without}};
}

/// Path of the first difference between two configurations outside `policy`, or empty.
std::string first_fixed_change(json before, json after) {
  before.erase("policy");
  after.erase("policy");
  const auto changes = json::diff(before, after);
  if (changes.empty()) return {};
  json::json_pointer at{changes[0].at("path").get<std::string>()};
  std::string path;
  for (; !at.empty(); at.pop_back()) {
    const bool is_index = at.back().find_first_not_of("0123456789") == std::string::npos;
    const auto step = is_index ? '[' + at.back() + ']' : at.back();
    path = step + (path.empty() || path.front() == '[' ? "" : ".") + path;
  }
  return path;
}

}  // namespace

json describe(const ApplianceConfig& config) {
  return {{"ports",
           {{"lan", describe(config.lan)},
            {"wan", describe(config.wan)},
            {"allow_default_route", config.allow_default_route}}},
          {"workers", describe(config.workers)},
          {"memory", describe(config.memory)},
          {"control", describe(config.control)},
          {"policy", describe_policy(config.policy)}};
}

Result<ApplianceConfig> parse_appliance_config(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error();
  return read_appliance(document.value());
}

Result<ApplianceConfig> load_appliance_config(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return text.error();
  return parse_appliance_config(text.value());
}

Result<ApplianceConfig> patch_appliance_config(const ApplianceConfig& current,
                                               const json& merge_patch) {
  const auto before = describe(current);
  auto merged = before;
  merged.merge_patch(merge_patch);
  auto next = read_appliance(merged);
  if (!next) return next;
  if (const auto path = first_fixed_change(before, describe(next.value())); !path.empty())
    return Error{path, "cannot change while running: edit the file and restart"};
  next.value().policy.ceiling = current.policy.ceiling;
  next.value().policy.generation = current.policy.generation + 1;
  return next;
}

}  // namespace gimbal
