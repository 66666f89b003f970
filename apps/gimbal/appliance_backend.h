#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "control/backend.h"
#include "flow_listing.h"
#include "io_dpdk/datapath.h"
#include "policy_publisher.h"
#include "worker_set.h"

namespace gimbal {

/// The appliance as the REST server sees it: the owner of the configuration in force. All calls on
/// the server's thread, but for `set_ready`.
class ApplianceBackend final : public Backend {
 public:
  /// The first policy is published here: workers may start afterwards.
  ApplianceBackend(const ApplianceConfig& config, Datapath& datapath, WorkerSet& workers);

  void set_ready(bool ready) noexcept { ready_.store(ready, std::memory_order_release); }

  [[nodiscard]] std::string program() const override { return "gimbal"; }
  [[nodiscard]] std::string version() const override;
  [[nodiscard]] bool ready() const override { return ready_.load(std::memory_order_acquire); }
  [[nodiscard]] nlohmann::json status() const override;
  [[nodiscard]] std::vector<WorkerCounters> counters() const override;
  [[nodiscard]] std::vector<ExtraMetric> extra_metrics() const override;
  [[nodiscard]] nlohmann::json config() const override;
  [[nodiscard]] std::string_view schema() const override;
  Result<nlohmann::json> patch_config(const nlohmann::json& merge_patch) override;
  [[nodiscard]] FlowPage flows(const FlowQuery& query) const override;
  [[nodiscard]] Mode mode() const override { return config_.policy.ceiling; }
  Result<Mode> set_mode(Mode mode) override;

 private:
  void adopt(const ApplianceConfig& next);
  [[nodiscard]] nlohmann::json memory_status() const;

  ApplianceConfig config_;
  Datapath& datapath_;
  WorkerSet& workers_;
  PolicyPublisher publisher_;
  mutable FlowListing listing_;
  std::atomic<bool> ready_{false};
  std::chrono::steady_clock::time_point started_{std::chrono::steady_clock::now()};
};

}  // namespace gimbal
