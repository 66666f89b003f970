#include <string>

#include "scenario_file.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;

std::string known_names(const json& parameters) {
  std::string names;
  for (const auto& [name, value] : parameters.items()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "it has none" : "it has " + names;
}

std::optional<Error> apply_settings(json& parameters, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    if (equals == std::string::npos || name.empty()) {
      return Error{"--set", "'" + setting + "': must be name=value"};
    }
    if (!parameters.contains(name)) {
      return Error{"--set", "'" + name + "': the scenario has no such parameter; " +
                                known_names(parameters)};
    }
    const std::string text = setting.substr(equals + 1);
    json value = json::parse(text, nullptr, false);
    parameters[name] = value.is_discarded() ? json(text) : std::move(value);
  }
  return std::nullopt;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<Error> substitute_text(json& node, const std::string& path, const json& parameters) {
  const std::string text = node.get<std::string>();
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) return Error{path, "'" + text + "': '${' is never closed"};
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto found = parameters.find(name);
    if (found == parameters.end()) {
      return Error{path, "'${" + name + "}': no such parameter; " + known_names(parameters)};
    }
    if (open == 0 && close + 1 == text.size()) {
      node = *found;
      return std::nullopt;
    }
    out += text.substr(at, open - at) + text_of(*found);
    at = close + 1;
  }
  if (at > 0) node = out + text.substr(at);
  return std::nullopt;
}

std::optional<Error> substitute(json& node, const std::string& path, const json& parameters) {
  if (node.is_string()) return substitute_text(node, path, parameters);
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) {
      const std::string below = path.empty() ? key : path + "." + key;
      if (auto error = substitute(value, below, parameters)) return error;
    }
  }
  if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      const std::string below = path + "[" + std::to_string(i) + "]";
      if (auto error = substitute(node[i], below, parameters)) return error;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> apply_parameters(json& document, const std::vector<std::string>& settings) {
  json parameters = json::object();
  if (const auto found = document.find("parameters"); found != document.end()) {
    parameters = *found;
    document.erase("parameters");
  }
  if (!parameters.is_object()) return Error{"parameters", "must be an object: {\"name\": value}"};
  if (auto error = apply_settings(parameters, settings)) return error;
  return substitute(document, "", parameters);
}

}  // namespace gimbal::impair
