#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "config/config.h"
#include "impair/direction_config.h"
#include "packet/packet.h"

namespace gimbal::impair {

/// The emulator's configuration, parsed and valid (schema: docs/schema/gimbal-impair.schema.json).
/// Port a is `PortId::lan`, port b `PortId::wan`.
struct EmulatorConfig {
  std::array<PortConfig, kPortCount> ports;
  bool allow_default_route{false};
  WorkersConfig workers;  ///< One core: a rate and an order belong to the whole direction.
  MemoryConfig memory;
  ControlConfig control{"127.0.0.1", 8481};
  std::uint64_t seed{1};
  std::optional<std::string> truth_log;
  std::array<DirectionConfig, kPortCount> ways;  ///< By the port a packet arrives on.
};

/// Errors are one line: `where` is the JSON path, `what` the value found and the mend.
Result<EmulatorConfig> parse_emulator_config(std::string_view text);
/// The same from a file; a file that cannot be read is an error with `where` = its path.
Result<EmulatorConfig> load_emulator_config(const std::string& path);

/// The whole configuration as JSON, defaults spelled out: parsing it gives `config` again.
nlohmann::json describe(const EmulatorConfig& config);

/// Applies a merge patch (RFC 7386) and checks the outcome like a file. Only `a_to_b` and `b_to_a`
/// may change while running; any other change is an error that names the path.
Result<EmulatorConfig> patch_emulator_config(const EmulatorConfig& current,
                                             const nlohmann::json& merge_patch);

}  // namespace gimbal::impair
