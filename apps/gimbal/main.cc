// gimbal: the appliance. Reads its configuration, starts, waits for a signal, stops.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>

#include "appliance.h"
#include "config/appliance.h"

namespace {

using namespace gimbal;

constexpr int kFailed = 1;
constexpr int kBadConfiguration = 2;

constexpr const char* kExample = R"(Example configuration (all members but ports may be left out):
  { "ports":   { "lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"} },
    "workers": { "cores": [1], "idle": "sleep" },
    "memory":  { "hugepages": false, "packets": 65536, "flows": 65536 },
    "control": { "listen": "127.0.0.1:8480" },
    "policy":  { "default": {"mode": "auto", "custody": "never"} } }
A device is iface:NAME, a PCI address (0000:3b:00.0) or a DPDK vdev (net_pcap0,rx_pcap=in.pcap).
The neighbours of a kernel interface must not merge frames: ethtool -K NEIGHBOUR tso off gso off.
Exit: 0 stopped by a signal, 2 bad arguments or configuration, 1 anything else.)";

struct Options {
  std::string config;
  bool check{false};
};

/// Signals that end the program are taken by `sigtimedwait`, in this thread alone: blocked before
/// any other thread exists, they are blocked in all.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void log_to_stderr() {
  auto logger = spdlog::stderr_logger_mt("gimbal");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
}

int refuse(const Error& error) {
  spdlog::error("{}", error.message());
  return kBadConfiguration;
}

void announce(const Appliance& appliance) {
  for (const auto& [name, port] : {std::pair{"lan", PortId::lan}, std::pair{"wan", PortId::wan}}) {
    const PortReport& report = appliance.report(port);
    spdlog::info("{}: {} by {} ({}), MTU {}, queues {}", name, report.device, report.driver,
                 report.reason, report.mtu, report.queues);
  }
  // Alone on its line: scripts wait for it.
  std::fputs("ready\n", stderr);
}

int run(const Options& options) {
  auto config = load_appliance_config(options.config);
  if (!config) return refuse(config.error());
  if (options.check) {
    spdlog::info("{}: valid", options.config);
    return 0;
  }
  const sigset_t stop_signals = block_stop_signals();
  auto started = Appliance::start(config.value());
  if (!started) return refuse(started.error());
  Appliance& appliance = *started.value();
  announce(appliance);

  const timespec second{1, 0};
  int signal = -1;
  while ((signal = sigtimedwait(&stop_signals, nullptr, &second)) < 0) appliance.watch();
  spdlog::info("{}: stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
  if (appliance.stop()) return 0;
  spdlog::error("a worker does not end; leaving without it");
  std::_Exit(kFailed);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Gimbal: keeps TCP at rate on jittery and lossy paths, as a bump in the wire",
               "gimbal"};
  Options options;
  app.add_option("--config", options.config, "Configuration file (JSON)")->required();
  app.add_flag("--check", options.check, "Only validate the configuration");
  app.set_version_flag("--version", "gimbal " GIMBAL_VERSION);
  app.footer(kExample);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string{"gimbal: "} + error.what() + "; see gimbal --help\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadConfiguration;
  }
  try {
    log_to_stderr();
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gimbal: %s\n", error.what());
    return kFailed;
  }
}
