#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "packet/packet.h"
#include "policy/policy.h"
#include "stats/counters.h"
#include "stats/flow_row.h"

namespace gimbal {

/// What `GET /api/v1/flows` asks for. Empty filters match everything.
struct FlowQuery {
  std::size_t limit{100};  ///< 1..1000.
  std::size_t offset{0};
  std::string verdict;  ///< Matches when either half has it.
  std::string state;
};
[[nodiscard]] bool matches(const FlowQuery& query, const FlowRow& row) noexcept;

struct FlowPage {
  std::vector<FlowRow> rows;  ///< Rows [offset, offset + limit) of those that match.
  std::uint64_t matching{0};  ///< How many match in all.
};

/// A figure a program adds to /metrics beside its WorkerCounters. Samples of one name must come in
/// a row and share `help` and `kind`. Labels must be bounded: never one per flow.
struct ExtraMetric {
  std::string name;  ///< Whole name with prefix; a counter's ends in `_total`.
  CounterKind kind{CounterKind::gauge};
  std::string help;
  std::vector<std::pair<std::string, std::string>> labels;
  double value{0};
};

/// A route of one program beside those all have. `answer` gets the parsed body, null where the
/// method has none, and must not throw; an Error is 422 with its path. `operation` describes it in
/// /openapi.json.
struct ExtraRoute {
  std::string method;
  std::string path;
  std::function<Result<nlohmann::json>(const nlohmann::json& body)> answer;
  nlohmann::json operation;
};

/// Which optional routes a program has; /openapi.json lists only those.
struct Capabilities {
  bool flows{true};
  bool mode{true};
  bool patch_config{true};
};

/// What the REST server asks of a program. Every call comes from the server's one thread, never
/// from a packet worker; an answer should take under 100 ms, since other requests wait. A call
/// must not throw.
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual std::string program() const = 0;  ///< "gimbal", "gimbal-impair".
  [[nodiscard]] virtual std::string version() const = 0;
  [[nodiscard]] virtual Capabilities capabilities() const { return {}; }
  [[nodiscard]] virtual std::array<std::string, kPortCount> port_names() const {
    return {"lan", "wan"};
  }

  [[nodiscard]] virtual bool ready() const = 0;  ///< Packets flow.
  /// An object for `GET /api/v1/status`; the server adds `program`, `version` and `ready`.
  [[nodiscard]] virtual nlohmann::json status() const = 0;
  /// One entry per worker; empty for a program that counts by `extra_metrics` alone.
  [[nodiscard]] virtual std::vector<WorkerCounters> counters() const { return {}; }
  [[nodiscard]] virtual std::vector<ExtraMetric> extra_metrics() const { return {}; }

  [[nodiscard]] virtual std::vector<ExtraRoute> extra_routes() { return {}; }

  /// The configuration in force, whole. Its text is what ETag and If-Match speak of.
  [[nodiscard]] virtual nlohmann::json config() const = 0;
  /// The schema of that configuration (config/schema.h).
  [[nodiscard]] virtual std::string_view schema() const = 0;
  /// Applies a merge patch whole or not at all and answers the new configuration. An Error's
  /// `where` must be a JSON path.
  virtual Result<nlohmann::json> patch_config(const nlohmann::json& merge_patch);

  [[nodiscard]] virtual FlowPage flows(const FlowQuery& query) const;
  /// The ceiling over all policies, `policy.ceiling`.
  [[nodiscard]] virtual Mode mode() const { return Mode::repair; }
  /// Sets it and answers the mode now in force.
  virtual Result<Mode> set_mode(Mode mode);
};

}  // namespace gimbal
