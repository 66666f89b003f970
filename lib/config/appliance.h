#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "config/config.h"

namespace gimbal {

/// Parses and checks an appliance configuration (schema: docs/schema/gimbal.schema.json). Errors
/// are one line: `where` is the JSON path, `what` the value found and the mend. Absent members
/// take the defaults of config.h; only `ports` must be given.
Result<ApplianceConfig> parse_appliance_config(std::string_view text);

/// The same from a file; a file that cannot be read is an error with `where` = its path.
Result<ApplianceConfig> load_appliance_config(const std::string& path);

/// The whole configuration as JSON, defaults spelled out: parsing it gives `config` again. What
/// only lives at run time (`policy.generation`, `policy.ceiling`) is not in it.
nlohmann::json describe(const ApplianceConfig& config);

/// Applies a merge patch (RFC 7386) to `describe(current)` and checks the outcome like a file.
/// Only `policy` may change while running; any other change is an error that names the path and
/// says so. On success `policy.ceiling` is kept and `policy.generation` is one more.
Result<ApplianceConfig> patch_appliance_config(const ApplianceConfig& current,
                                               const nlohmann::json& merge_patch);

}  // namespace gimbal
