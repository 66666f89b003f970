#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace gimbal::probe {

/// A limit a result must keep, as given on the command line: `barrier.p99<60ms`,
/// `bulk.goodput_mbit>65`. Units: ms, us, s; a bare number is compared as it stands.
struct Requirement {
  std::string text;      ///< As written, for the message.
  std::string workload;  ///< Before the dot.
  std::string figure;    ///< After it.
  bool below{true};
  double limit{0};  ///< Times in milliseconds.
};

/// Fails with the place that is wrong and an example.
Result<Requirement> parse_requirement(const std::string& text);

/// True when `result[workload]` has the figure and it keeps the limit. A time figure `p99` is
/// looked up as `p99_ms`.
bool is_met(const Requirement& requirement, const nlohmann::json& result);

}  // namespace gimbal::probe
