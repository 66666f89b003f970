#include "control/metrics.h"

#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace gimbal {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(std::string name, std::string_view help, MetricType type) {
  return {std::move(name), std::string{help}, type, {}};
}

void add(MetricFamily& family, double value, Labels labels) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

double number(std::uint64_t value) noexcept { return static_cast<double>(value); }

/// gimbal_packets_total: its sum over fates is the packets received (packet/fate.h).
MetricFamily fates(const std::vector<WorkerCounters>& workers) {
  std::string help = "Packets received, by what became of them. ";
  for (const auto& info : kFates)
    help += std::string{info.name} + ": " + std::string{info.help} +
            (&info == &kFates.back() ? "." : "; ");
  auto packets = family("gimbal_packets_total", help, MetricType::Counter);
  for (std::size_t worker = 0; worker < workers.size(); ++worker)
    for (std::size_t fate = 0; fate < kFateCount; ++fate)
      add(packets, number(workers[worker].fates[fate]),
          {{"fate", std::string{kFates[fate].name}}, {"worker", std::to_string(worker)}});
  return packets;
}

MetricFamily port_family(const Backend& backend, const std::vector<WorkerCounters>& workers,
                         const char* name, const char* help, std::uint64_t PortCounters::*field) {
  auto result = family(name, help, MetricType::Counter);
  const auto names = backend.port_names();
  for (std::size_t port = 0; port < kPortCount; ++port) {
    std::uint64_t sum = 0;
    for (const auto& worker : workers) sum += worker.ports[port].*field;
    add(result, number(sum), {{"port", names[port]}});
  }
  return result;
}

MetricFamily counter_family(const std::vector<WorkerCounters>& workers, std::size_t index) {
  const auto& info = kCounters[index];
  const bool is_gauge = info.kind == CounterKind::gauge;
  auto result = family("gimbal_" + std::string{info.name} + (is_gauge ? "" : "_total"), info.help,
                       is_gauge ? MetricType::Gauge : MetricType::Counter);
  for (std::size_t worker = 0; worker < workers.size(); ++worker)
    add(result, number(workers[worker].values[index]), {{"worker", std::to_string(worker)}});
  return result;
}

void append_workers(const Backend& backend, std::vector<MetricFamily>& out) {
  const auto workers = backend.counters();
  if (workers.empty()) return;
  out.push_back(fates(workers));
  out.push_back(port_family(backend, workers, "gimbal_port_received_packets_total",
                            "Packets received on a port", &PortCounters::received_packets));
  out.push_back(port_family(backend, workers, "gimbal_port_received_bytes_total",
                            "Frame bytes received on a port", &PortCounters::received_bytes));
  out.push_back(port_family(backend, workers, "gimbal_port_sent_packets_total",
                            "Packets sent on a port", &PortCounters::sent_packets));
  out.push_back(port_family(backend, workers, "gimbal_port_sent_bytes_total",
                            "Frame bytes sent on a port", &PortCounters::sent_bytes));
  for (std::size_t i = 0; i < kCounterCount; ++i) out.push_back(counter_family(workers, i));
}

void append_extras(const Backend& backend, std::vector<MetricFamily>& out) {
  for (const auto& extra : backend.extra_metrics()) {
    const bool is_gauge = extra.kind == CounterKind::gauge;
    if (out.back().name != extra.name)
      out.push_back(
          family(extra.name, extra.help, is_gauge ? MetricType::Gauge : MetricType::Counter));
    Labels labels;
    for (const auto& [name, value] : extra.labels) labels.push_back({name, value});
    add(out.back(), extra.value, std::move(labels));
  }
}

}  // namespace

std::string serialize_metrics(const Backend& backend) {
  std::vector<MetricFamily> families;
  families.push_back(
      family("gimbal_build_info", "Always 1: program and version", MetricType::Gauge));
  add(families.back(), 1, {{"program", backend.program()}, {"version", backend.version()}});
  families.push_back(family("gimbal_ready", "1 while packets flow", MetricType::Gauge));
  add(families.back(), backend.ready() ? 1 : 0, {});
  append_workers(backend, families);
  append_extras(backend, families);
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, families);
  return text.str();
}

}  // namespace gimbal
