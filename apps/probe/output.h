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
  std::vector<std::string> required;
};

void add_output_options(CLI::App& command, OutputOptions& options);

/// Parses `options.required`; done before the run, so that a typing error does not cost one.
Result<std::vector<Requirement>> parse_requirements(const OutputOptions& options);

/// Prints the table, writes the files asked for, checks the requirements. The exit code: 0, or 1
/// when a requirement is not met, the run is not clean, or a file cannot be written.
int publish(const RunResult& result, const OutputOptions& options,
            const std::vector<Requirement>& requirements);

}  // namespace gimbal::probe
