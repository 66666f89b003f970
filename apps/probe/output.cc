#include "probe/output.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "probe/page/run_page.h"
#include "probe/table.h"

namespace gimbal::probe {
namespace {

bool complain(const std::string& text) {
  std::cerr << "gimbal-probe: " << text << '\n';
  return false;
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
  command.add_option("--name", options.name, "of this run, in files and comparisons");
  command.add_option("--json", options.json_path, "write everything measured to this file");
  command.add_option("--html", options.html_path, "write a page with plots to this file");
  add_require_option(command, options.required);
}

void add_require_option(CLI::App& command, std::vector<std::string>& required) {
  command
      .add_option("--require", required,
                  "exit 1 unless met, as barrier.p99<60ms or tokens.ttft.p99.9<=0.5s; repeatable")
      ->take_all()
      ->allow_extra_args(false);
}

bool write_file(const std::string& path, const std::string& content) {
  std::ofstream file{path};
  file << content;
  if (file.flush()) return true;
  return complain(path + ": cannot be written");
}

Result<std::vector<Requirement>> parse_requirements(const std::vector<std::string>& texts) {
  std::vector<Requirement> requirements;
  for (const std::string& text : texts) {
    auto requirement = parse_requirement(text);
    if (!requirement) return requirement.error();
    requirements.push_back(std::move(requirement.value()));
  }
  return requirements;
}

Result<std::vector<Requirement>> parse_requirements(const OutputOptions& options,
                                                    const std::string& workload) {
  auto requirements = parse_requirements(options.required);
  if (!requirements) return requirements;
  for (const Requirement& requirement : requirements.value())
    if (requirement.figure_of(workload, options.name).empty())
      return Error{"--require " + requirement.text,
                   "names another run; begin it with " + workload + "."};
  return requirements;
}

int publish(const RunResult& result, const OutputOptions& options,
            const std::vector<Requirement>& requirements) {
  bool good = true;
  print_table(std::cout, result);
  std::cout.flush();
  std::vector<page::Check> checks;
  for (const Requirement& requirement : requirements) {
    const Judgement judgement = judge(requirement, result);
    const std::string line = judgement.met ? requirement.text : complaint(requirement, judgement);
    checks.push_back({line, judgement.met});
    if (!judgement.met) good = complain(line);
  }
  if (result.counters.at("mismatches") != 0)
    good = complain("the bytes received are not the bytes sent");
  if (result.counters.at("errors") != 0)
    good = complain(std::to_string(result.counters.at("errors")) + " errors");
  if (!options.json_path.empty() && !write_file(options.json_path, to_json(result).dump() + "\n"))
    good = false;
  if (!options.html_path.empty() && !write_file(options.html_path, page::run_page(result, checks)))
    good = false;
  return good ? 0 : 1;
}

}  // namespace gimbal::probe
