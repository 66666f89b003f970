#include "scenario_file.h"

#include <filesystem>
#include <utility>

#include "config/json_reader.h"

namespace gimbal::impair {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kDeepestInclude = 8;

Error in_file(const std::string& file, const Error& error) { return Error{file, error.message()}; }

const NamedScenario* find_named(std::string_view name) {
  for (const NamedScenario& scenario : named_scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

std::string all_names() {
  std::string names;
  for (const NamedScenario& scenario : named_scenarios()) {
    names += (names.empty() ? "" : ", ") + std::string{scenario.name};
  }
  return names;
}

/// File names in a scenario mean files beside it, wherever the program runs.
void anchor_files(json& node, const fs::path& folder) {
  for (auto& [key, value] : node.items()) {
    const bool names_file = key == "mahimahi" || key == "csv" || key == "file";
    if (value.is_structured()) {
      anchor_files(value, folder);
    } else if (names_file && node.is_object() && value.is_string()) {
      const fs::path path{value.get_ref<const std::string&>()};
      if (path.is_relative() && !folder.empty()) value = (folder / path).string();
    }
  }
}

Result<json> load(const std::string& name_or_file, const fs::path& from, int depth);

/// `document` over what it includes.
Result<json> resolve_include(json document, const std::string& file, const fs::path& folder,
                             int depth) {
  if (!document.is_object()) return Error{file, "must be an object: {\"ports\": ...}"};
  const auto include = document.find("include");
  if (include == document.end()) return document;
  if (!include->is_string()) {
    return in_file(file, {"include", "must be a string: the name of a file or profile"});
  }
  if (depth == kDeepestInclude) {
    return in_file(file, {"include", "nested more than 8 deep: does a file include itself?"});
  }
  auto base = load(include->get<std::string>(), folder, depth + 1);
  if (!base) return base;
  document.erase("include");
  base.value().merge_patch(document);
  return base;
}

Result<json> load(const std::string& name_or_file, const fs::path& from, int depth) {
  const fs::path named{name_or_file};
  const fs::path path = named.is_relative() ? from / named : named;
  std::error_code ignored;
  const bool is_file = fs::is_regular_file(path, ignored);
  const NamedScenario* const scenario = is_file ? nullptr : find_named(name_or_file);
  if (!is_file && scenario == nullptr && !fs::exists(path, ignored)) {
    return Error{name_or_file, "no such file or profile: name a file or one of " + all_names()};
  }
  const std::string label = scenario != nullptr ? name_or_file : path.string();
  auto text = scenario != nullptr ? Result<std::string>{std::string{scenario->text}}
                                  : read_text_file(path.string());
  if (!text) return text.error();
  auto parsed = parse_json(text.value());
  if (!parsed) return in_file(label, parsed.error());
  const fs::path folder = scenario != nullptr ? fs::path{} : path.parent_path();
  anchor_files(parsed.value(), folder);
  return resolve_include(std::move(parsed.value()), label, folder, depth);
}

}  // namespace

Result<json> load_scenario(const std::string& name_or_file,
                           const std::vector<std::string>& settings) {
  auto document = load(name_or_file, {}, 0);
  if (!document) return document;
  if (auto error = apply_parameters(document.value(), settings)) return *error;
  return document;
}

}  // namespace gimbal::impair
