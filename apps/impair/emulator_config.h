#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "config/config.h"
#include "model_store.h"
#include "packet/packet.h"
#include "timeline.h"

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
  std::optional<std::string> capture_folder;  ///< Where captures asked for by REST may lie.
  std::string name;                           ///< Of the scenario, may be empty.
  std::string source;                         ///< What its figures rest on.
  Ways ways;  ///< By the port a packet arrives on; in force before the timeline.
  Timeline timeline;
  ModelStore models;        ///< Owns what `ways` and `timeline` point to.
  nlohmann::json document;  ///< What was read.
};

/// Errors are one line: `where` is the JSON path, `what` the value found and the mend.
Result<EmulatorConfig> parse_emulator_config(std::string_view text);
/// The same from a document that stands on its own (see scenario_file.h).
Result<EmulatorConfig> read_emulator_config(nlohmann::json document);

/// Packets that may be on their way at once: buffers that descriptors of a network card and caches
/// may hold are not ours to fill.
[[nodiscard]] std::size_t max_held(const EmulatorConfig& config) noexcept;

/// The whole configuration as JSON, defaults spelled out: parsing it gives `config` again.
nlohmann::json describe(const EmulatorConfig& config);

/// Applies a merge patch (RFC 7386) and checks the outcome like a file. Only `a_to_b`, `b_to_a`
/// and the timeline may change while running; any other change is an error that names the path.
Result<EmulatorConfig> patch_emulator_config(const EmulatorConfig& current,
                                             const nlohmann::json& merge_patch);

}  // namespace gimbal::impair
