#include "control/backend.h"

namespace gimbal {

bool matches(const FlowQuery& query, const FlowRow& row) noexcept {
  if (!query.state.empty() && query.state != row.state) return false;
  return query.verdict.empty() || query.verdict == row.halves[0].verdict ||
         query.verdict == row.halves[1].verdict;
}

Result<nlohmann::json> Backend::patch_config(const nlohmann::json&) {
  return Error{"document", "this program's configuration is fixed while it runs"};
}

FlowPage Backend::flows(const FlowQuery&) const { return {}; }

Result<Mode> Backend::set_mode(Mode) { return Error{"mode", "this program has no mode"}; }

}  // namespace gimbal
