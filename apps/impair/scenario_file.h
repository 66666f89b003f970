#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace gimbal::impair {

/// A profile that is part of the program (tools/lab/scenarios).
struct NamedScenario {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const NamedScenario> named_scenarios() noexcept;

/// Reads a scenario: a file, or a profile by its name. Includes are merged (RFC 7386, the including
/// file wins), parameters put in, file names made relative to where the program runs; what is left
/// is an emulator configuration, as yet unchecked. `settings` are "name=value".
///
/// Errors are one line: `where` is the file and the place in it.
Result<nlohmann::json> load_scenario(const std::string& name_or_file,
                                     const std::vector<std::string>& settings);

/// Puts `parameters` into every "${name}" of `document` and takes that member out. A string that is
/// nothing but "${name}" becomes the value itself, of whatever type.
std::optional<Error> apply_parameters(nlohmann::json& document,
                                      const std::vector<std::string>& settings);

}  // namespace gimbal::impair
