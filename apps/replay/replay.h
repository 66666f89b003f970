#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "replay/cables.h"
#include "replay/ledger.h"
#include "stats/counters.h"
#include "stats/flow_row.h"

namespace gimbal::replay {

/// How captures are replayed; the same for all of one command.
struct Plan {
  CableRule cables;
  Policy policy;
  std::uint32_t flows{16384};
  std::uint32_t packets{16384};
  bool keep_packets{false};  ///< Remember each packet's fate.
  std::string output;        ///< Capture of what the appliance would have sent; empty: none.
};

/// What came of one capture.
struct Account {
  std::string path;
  std::string cables;  ///< What was assumed about lan and wan, one sentence.
  std::uint64_t frames{0};
  Nanos span{};
  WorkerCounters counters;
  std::vector<FlowRow> flows;  ///< In order of their first appearance.
  std::vector<Entry> packets;  ///< Empty unless `keep_packets`.
  std::string damage;          ///< Why the capture ended early; empty when it did not.
  std::uint64_t refused{0};    ///< Frames lost here: the pool was spent.
};

/// Runs the appliance's worker over one capture, time being the capture's: once changing nothing,
/// for verdicts and path figures, and once as the policy says, for fates and deeds. Open loop: the
/// ends that were captured do not react to what is done here. Errors: unreadable input, unwritable
/// output.
[[nodiscard]] Result<Account> replay(const std::string& path, const Plan& plan);

}  // namespace gimbal::replay
