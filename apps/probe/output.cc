#include "probe/output.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "probe/table.h"

namespace gimbal::probe {
namespace {

bool write_json(const nlohmann::json& json, const std::string& path) {
  std::ofstream file{path};
  file << json.dump() << '\n';
  return static_cast<bool>(file.flush());
}

bool complain(const std::string& text) {
  std::cerr << "gimbal-probe: " << text << '\n';
  return false;
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
  command.add_option("--name", options.name, "of this run, in files and comparisons");
  command.add_option("--json", options.json_path, "write everything measured to this file");
  command.add_option("--require", options.required, "fail unless met, as barrier.p99<60ms");
}

Result<std::vector<Requirement>> parse_requirements(const OutputOptions& options) {
  std::vector<Requirement> requirements;
  for (const std::string& text : options.required) {
    auto requirement = parse_requirement(text);
    if (!requirement) return requirement.error();
    requirements.push_back(std::move(requirement.value()));
  }
  return requirements;
}

int publish(const RunResult& result, const OutputOptions& options,
            const std::vector<Requirement>& requirements) {
  const nlohmann::json json = to_json(result);
  bool good = true;
  if (!options.json_path.empty() && !write_json(json, options.json_path))
    good = complain(options.json_path + ": cannot be written");
  print_table(std::cout, result);
  for (const Requirement& requirement : requirements)
    if (!is_met(requirement, json)) good = complain("not met: " + requirement.text);
  if (result.counters.at("mismatches") != 0)
    good = complain("the bytes received are not the bytes sent");
  if (result.counters.at("errors") != 0)
    good = complain(std::to_string(result.counters.at("errors")) + " errors");
  return good ? 0 : 1;
}

}  // namespace gimbal::probe
