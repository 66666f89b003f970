#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "probe/requirement.h"
#include "probe/result.h"

namespace CLI {
class App;
}

namespace gimbal::probe {

/// What becomes of a result: the options every workload has.
struct OutputOptions {
  std::string name;       ///< Empty: the workload's.
  std::string json_path;  ///< Empty: no file.
  std::string html_path;  ///< Empty: no page.
  std::vector<std::string> required;
};

void add_output_options(CLI::App& command, OutputOptions& options);

/// `--require`, which may be given several times.
void add_require_option(CLI::App& command, std::vector<std::string>& required);

/// Done before the run, so that a typing error does not cost one: fails (exit 2) on the first that
/// cannot be read, or that is for another run than one of `workload`.
Result<std::vector<Requirement>> parse_requirements(const std::vector<std::string>& texts);
Result<std::vector<Requirement>> parse_requirements(const OutputOptions& options,
                                                    const std::string& workload);

/// False, with a line on standard error, when it cannot be written.
bool write_file(const std::string& path, const std::string& content);

/// Prints the table, writes the files asked for, checks the requirements. The exit code: 0, or 1
/// when a requirement is not met, the run is not clean, or a file cannot be written.
int publish(const RunResult& result, const OutputOptions& options,
            const std::vector<Requirement>& requirements);

}  // namespace gimbal::probe
