#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace gimbal::impair {

/// `gimbal-impair truth FILE [--csv OUT]`: prints a summary of a truth log to standard output and
/// writes one line per packet to `csv`, if given ("-": standard output instead of the summary).
std::optional<Error> run_truth_command(const std::string& file,
                                       const std::optional<std::string>& csv);

}  // namespace gimbal::impair
