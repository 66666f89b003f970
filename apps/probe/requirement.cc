#include "probe/requirement.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace gimbal::probe {

Result<Requirement> parse_requirement(const std::string& text) {
  const Error malformed{"--require " + text, "write WORKLOAD.FIGURE<LIMIT, as in barrier.p99<60ms"};
  const std::size_t dot = text.find('.');
  const std::size_t sign = text.find_first_of("<>");
  if (dot == std::string::npos || sign == std::string::npos || sign < dot) return malformed;
  Requirement requirement;
  requirement.text = text;
  requirement.workload = text.substr(0, dot);
  requirement.figure = text.substr(dot + 1, sign - dot - 1);
  requirement.below = text[sign] == '<';
  char* unit = nullptr;
  const char* number = text.c_str() + sign + 1;
  requirement.limit = std::strtod(number, &unit);
  const std::string suffix{unit};
  if (unit == number || requirement.workload.empty() || requirement.figure.empty())
    return malformed;
  if (suffix == "s")
    requirement.limit *= 1e3;
  else if (suffix == "us")
    requirement.limit *= 1e-3;
  else if (!suffix.empty() && suffix != "ms")
    return malformed;
  return requirement;
}

bool is_met(const Requirement& requirement, const nlohmann::json& result) {
  if (result.value("workload", "") != requirement.workload) return false;
  for (const std::string& name : {requirement.figure, requirement.figure + "_ms"}) {
    const auto found = result.find(name);
    if (found == result.end() || !found->is_number()) continue;
    const double value = found->get<double>();
    return requirement.below ? value < requirement.limit : value > requirement.limit;
  }
  return false;
}

}  // namespace gimbal::probe
