#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "replay/replay.h"

namespace gimbal::replay {

/// The account as a person reads it: cables, fates, flows; packets when they were kept.
[[nodiscard]] std::string print(const Account& account);

/// The account as a program reads it; unit suffixes in the keys.
[[nodiscard]] nlohmann::json to_json(const Account& account);

}  // namespace gimbal::replay
