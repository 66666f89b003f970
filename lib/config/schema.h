#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace gimbal {

/// The JSON schemas (draft-07) of docs/schema, part of the program: no file is read at run time.
[[nodiscard]] std::string_view appliance_schema() noexcept;
[[nodiscard]] std::string_view emulator_schema() noexcept;

/// The first way in which `document` breaks `schema` (one of the two above), or nothing. The
/// reader's own checks run first because they say the mend; this one holds code and published
/// schema together: what the schema refuses, the program refuses.
std::optional<Error> check_schema(const nlohmann::json& document, std::string_view schema);

}  // namespace gimbal
