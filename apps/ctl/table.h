#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace gimbal::ctl {

/// The flows of one page, two lines each: the client's data and the server's.
std::string flows_table(const nlohmann::json& page);

/// Any document, one line per leaf: "workers[0].packets  65536".
std::string leaves_table(const nlohmann::json& document);

}  // namespace gimbal::ctl
