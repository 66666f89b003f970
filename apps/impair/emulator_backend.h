#pragma once

#include <string>
#include <vector>

#include "control/backend.h"
#include "emulator.h"
#include "scenario_player.h"

namespace gimbal::impair {

/// The REST face of the emulator. The server's thread only.
class EmulatorBackend final : public Backend {
 public:
  EmulatorBackend(Emulator& emulator, ScenarioPlayer& player)
      : emulator_{emulator}, player_{player} {}

  [[nodiscard]] std::string program() const override { return "gimbal-impair"; }
  [[nodiscard]] std::string version() const override;
  [[nodiscard]] Capabilities capabilities() const override { return {false, false, true}; }
  [[nodiscard]] std::array<std::string, kPortCount> port_names() const override {
    return {"a", "b"};
  }
  [[nodiscard]] bool ready() const override { return true; }
  [[nodiscard]] nlohmann::json status() const override;
  [[nodiscard]] std::vector<ExtraMetric> extra_metrics() const override;
  [[nodiscard]] nlohmann::json config() const override { return describe(*player_.config()); }
  [[nodiscard]] std::vector<ExtraRoute> extra_routes() override;
  [[nodiscard]] std::string_view schema() const override;
  Result<nlohmann::json> patch_config(const nlohmann::json& merge_patch) override;

 private:
  Emulator& emulator_;
  ScenarioPlayer& player_;
};

}  // namespace gimbal::impair
