#include "appliance_backend.h"

#include <array>
#include <thread>

#include "config/appliance.h"
#include "config/schema.h"

namespace gimbal {
namespace {

constexpr std::array<PortId, kPortCount> kPorts{PortId::lan, PortId::wan};
// Longer than a worker ever sleeps: an answer usually tells of a change already in force.
constexpr std::chrono::milliseconds kAdoption{50};

nlohmann::json to_json(const PortReport& report, const PortStats& stats) {
  return {{"device", report.device},    {"driver", report.driver},  {"reason", report.reason},
          {"mtu", report.mtu},          {"queues", report.queues},  {"missed", stats.missed},
          {"oversize", stats.oversize}, {"starved", stats.starved}, {"unsent", stats.unsent}};
}

/// Generations start above zero: a worker that has not run says it uses generation zero.
ApplianceConfig with_generation(ApplianceConfig config) {
  ++config.policy.generation;
  return config;
}

}  // namespace

ApplianceBackend::ApplianceBackend(const ApplianceConfig& config, Datapath& datapath,
                                   WorkerSet& workers)
    : config_{with_generation(config)},
      datapath_{datapath},
      workers_{workers},
      publisher_{workers.shared(), config_.policy},
      listing_{workers.shared()} {}

std::string ApplianceBackend::version() const { return GIMBAL_VERSION; }

nlohmann::json ApplianceBackend::status() const {
  using std::chrono::duration_cast;
  nlohmann::json workers = nlohmann::json::array();
  for (unsigned w = 0; w < workers_.size(); ++w) {
    const WorkerVitals vitals = workers_.vitals(w);
    workers.push_back({{"core", vitals.core},
                       {"beats", vitals.beats},
                       {"sleeps", vitals.sleeps},
                       {"handed_over", datapath_.handed_over(w)},
                       {"handover_overflowed", datapath_.handover_overflowed(w)}});
  }
  const auto up = std::chrono::steady_clock::now() - started_;
  return {{"mode", to_string(mode())},
          {"policy_generation", config_.policy.generation},
          {"policy_applied", publisher_.applied()},
          {"uptime_s", duration_cast<std::chrono::seconds>(up).count()},
          {"idle", config_.workers.idle == Idle::spin ? "spin" : "sleep"},
          {"ports",
           {{"lan", to_json(datapath_.report(PortId::lan), datapath_.stats(PortId::lan))},
            {"wan", to_json(datapath_.report(PortId::wan), datapath_.stats(PortId::wan))}}},
          {"workers", workers},
          {"memory", memory_status()}};
}

nlohmann::json ApplianceBackend::memory_status() const {
  WorkerMemory sum;
  for (unsigned w = 0; w < workers_.size(); ++w) {
    const WorkerMemory& part = workers_.memory(w);
    sum.flow_bytes += part.flow_bytes;
    sum.engine_bytes += part.engine_bytes;
    sum.record_bytes += part.record_bytes;
    sum.flows += part.flows;
    sum.engines += part.engines;
    sum.records += part.records;
    sum.cache_packets += part.cache_packets;
  }
  const auto per = [](std::size_t bytes, std::uint32_t n) { return n == 0 ? 0 : bytes / n; };
  const std::uint32_t packets = config_.memory.packets;
  return {{"hugepages", config_.memory.hugepages},
          {"packets", packets},
          {"packets_in_use", datapath_.packets_in_use()},
          {"packet_bytes", datapath_.packet_bytes()},
          {"packet_budget_bytes", std::uint64_t{packets} * datapath_.packet_bytes()},
          {"cache_packets", sum.cache_packets},
          {"flows", sum.flows},
          {"flow_bytes", per(sum.flow_bytes, sum.flows)},
          {"engines", sum.engines},
          {"engine_bytes", per(sum.engine_bytes, sum.engines)},
          {"records", sum.records},
          {"record_bytes", per(sum.record_bytes, sum.records)},
          {"state_bytes", sum.total()}};
}

std::vector<WorkerCounters> ApplianceBackend::counters() const {
  std::vector<WorkerCounters> all;
  const std::vector<WorkerShared*> shared = workers_.shared();
  for (unsigned w = 0; w < shared.size(); ++w) {
    all.push_back(shared[w]->counters.read());
    all.back().set(Counter::sleeps, workers_.vitals(w).sleeps);
    all.back().set(Counter::handed_over, datapath_.handed_over(w));
  }
  return all;
}

std::vector<ExtraMetric> ApplianceBackend::extra_metrics() const {
  std::array<PortStats, kPortCount> stats;
  for (const PortId port : kPorts) stats[static_cast<std::size_t>(port)] = datapath_.stats(port);
  std::vector<ExtraMetric> all;
  const auto add = [&](const char* name, const char* help, std::uint64_t PortStats::*field) {
    for (const PortId port : kPorts)
      all.push_back({name,
                     CounterKind::counter,
                     help,
                     {{"port", port == PortId::lan ? "lan" : "wan"}},
                     static_cast<double>(stats[static_cast<std::size_t>(port)].*field)});
  };
  add("gimbal_port_missed_total", "frames lost before they were received: queue full",
      &PortStats::missed);
  add("gimbal_port_oversize_total", "frames larger than the MTU: a neighbour merges them",
      &PortStats::oversize);
  add("gimbal_port_starved_total", "frames refused for want of packet buffers",
      &PortStats::starved);
  add("gimbal_port_unsent_total", "frames lost because the link was down", &PortStats::unsent);
  std::uint64_t overflowed = 0;
  for (unsigned w = 0; w < workers_.size(); ++w) overflowed += datapath_.handover_overflowed(w);
  all.push_back({"gimbal_handover_overflowed_total",
                 CounterKind::counter,
                 "packets sent on untouched: the worker that owns them did not keep up",
                 {},
                 static_cast<double>(overflowed)});
  all.push_back({"gimbal_packets_in_use",
                 CounterKind::gauge,
                 "packet buffers held now",
                 {},
                 static_cast<double>(datapath_.packets_in_use())});
  return all;
}

nlohmann::json ApplianceBackend::config() const { return describe(config_); }
std::string_view ApplianceBackend::schema() const { return appliance_schema(); }

Result<nlohmann::json> ApplianceBackend::patch_config(const nlohmann::json& merge_patch) {
  auto next = patch_appliance_config(config_, merge_patch);
  if (!next) return next.error();
  adopt(next.value());
  return describe(config_);
}

FlowPage ApplianceBackend::flows(const FlowQuery& query) const { return listing_.list(query); }

Result<Mode> ApplianceBackend::set_mode(Mode mode) {
  ApplianceConfig next = config_;
  next.policy.ceiling = mode;
  ++next.policy.generation;
  adopt(next);
  return mode;
}

void ApplianceBackend::adopt(const ApplianceConfig& next) {
  config_ = next;
  publisher_.publish(config_.policy);
  const auto deadline = std::chrono::steady_clock::now() + kAdoption;
  while (ready() && !publisher_.applied() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

}  // namespace gimbal
