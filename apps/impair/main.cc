// gimbal-impair: an unsteady path between two ports.
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "control/server.h"
#include "emulator.h"
#include "emulator_backend.h"
#include "emulator_config.h"
#include "model_json.h"
#include "page_json.h"
#include "profile_list.h"
#include "replay.h"
#include "scenario_file.h"
#include "scenario_player.h"
#include "truth_command.h"

namespace {

using namespace gimbal;
using namespace gimbal::impair;

enum Exit { clean = 0, failure = 1, bad_setup = 2 };

constexpr const char* kExamples =
    "Examples:\n"
    "  gimbal-impair --config path.json\n"
    "  gimbal-impair --config lte --set delay_ms=40 --a iface:m1 --b iface:r0\n"
    "  gimbal-impair replay in.pcap --config leo --truth truth.log --pcapng fates.pcapng\n";

/// A scenario as the command line names it.
struct ScenarioChoice {
  std::string name_or_file;
  std::vector<std::string> settings;
  std::string device_a;
  std::string device_b;

  [[nodiscard]] Result<EmulatorConfig> load() const {
    auto document = load_scenario(name_or_file, settings);
    if (!document) return document.error();
    nlohmann::json& ports = document.value()["ports"];
    if (!device_a.empty()) ports["a"]["device"] = device_a;
    if (!device_b.empty()) ports["b"]["device"] = device_b;
    if (ports.is_null()) document.value().erase("ports");
    return read_emulator_config(std::move(document.value()));
  }
  /// Ports that are never opened, for a scenario without; false when it had none.
  bool supply_ports() {
    const auto document = load_scenario(name_or_file, settings);
    const bool given = !document || document.value().contains("ports");
    if (!given && device_a.empty()) device_a = "iface:a";
    if (!given && device_b.empty()) device_b = "iface:b";
    return given;
  }
};

int refuse(const Error& error) {
  std::fprintf(stderr, "gimbal-impair: %s\n", error.message().c_str());
  return Exit::bad_setup;
}

/// Blocked in every thread, so that only the main one takes them, when it asks.
sigset_t block_stop_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return stop;
}

Result<std::unique_ptr<Server>> start_server(const EmulatorConfig& config, Backend& backend) {
  if (config.control.port == 0) return std::unique_ptr<Server>{};
  ServerOptions options;
  options.address = config.control.address;
  options.port = config.control.port;
  options.audit = [](const std::string& line) { spdlog::info("{}", line); };
  return Server::start(std::move(options), backend);
}

/// Until a stop signal, or until a port goes away: answers which.
std::optional<std::string> wait_for_end(const sigset_t& stop, const Emulator& emulator) {
  constexpr timespec kLook{0, 250'000'000};
  while (sigtimedwait(&stop, nullptr, &kLook) < 0) {
    if (auto lost = emulator.lost_port()) return lost;
  }
  return std::nullopt;
}

int run(const ScenarioChoice& choice, const CaptureOptions& capture) {
  const sigset_t stop = block_stop_signals();
  const auto config = choice.load();
  if (!config) return refuse(config.error());
  auto emulator = Emulator::start(config.value());
  if (!emulator) return refuse(emulator.error());
  if (!capture.file.empty()) {
    if (auto error = emulator.value()->start_capture(capture)) return refuse(*error);
  }
  ScenarioPlayer player{[&emulator](auto owner, const Ways& ways) {
                          return emulator.value()->change(std::move(owner), ways);
                        },
                        config.value()};
  EmulatorBackend backend{*emulator.value(), player};
  auto server = start_server(config.value(), backend);
  if (!server) return refuse(server.error());

  std::fputs("ready\n", stderr);
  player.begin();
  const auto lost = wait_for_end(stop, *emulator.value());
  if (lost)
    spdlog::error(
        "{}: the port is gone: stopping; what is on its way to the other one still leaves", *lost);
  server.value().reset();
  player.end();
  emulator.value()->stop();
  spdlog::info("stopped\n{}", summarise(emulator.value()->page()));
  return lost ? Exit::failure : Exit::clean;
}

int check(ScenarioChoice choice) {
  // A profile is for any ports: it may go without.
  const bool complete = choice.supply_ports();
  const auto config = choice.load();
  if (!config) return refuse(config.error());
  std::printf("%s: fine%s\n", choice.name_or_file.c_str(),
              complete ? "" : "; it names no ports, so start it with --a and --b");
  return Exit::clean;
}

int run_replay(ScenarioChoice choice, const ReplayOptions& options) {
  choice.supply_ports();
  const auto config = choice.load();
  if (!config) return refuse(config.error());
  const auto done = replay(config.value(), options);
  if (!done) {
    std::fprintf(stderr, "gimbal-impair: %s\n", done.error().message().c_str());
    return Exit::failure;
  }
  std::printf("%s\n", summarise(done.value().ways).c_str());
  if (!done.value().damage.empty()) {
    std::fprintf(stderr, "gimbal-impair: %s: ends early: %s\n", options.capture.c_str(),
                 done.value().damage.c_str());
    return Exit::failure;
  }
  return Exit::clean;
}

int run_truth(const std::string& file, const std::optional<std::string>& csv) {
  if (const auto error = run_truth_command(file, csv)) return refuse(*error);
  return Exit::clean;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");

  CLI::App app{"An unsteady path between two ports: rate, delay, jitter, loss, outages."};
  app.set_version_flag("--version", GIMBAL_VERSION);
  app.footer(kExamples);
  ScenarioChoice choice;
  std::string check_file;
  bool list = false;
  app.add_option("--config", choice.name_or_file, "Scenario: a file (JSON) or a profile's name");
  app.add_option("--set", choice.settings, "Parameter of the scenario, name=value")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--a", choice.device_a, "Device of port a, over the scenario's");
  app.add_option("--b", choice.device_b, "Device of port b, over the scenario's");
  app.add_option("--check", check_file, "Check a scenario and do nothing else");
  app.add_flag("--list", list, "List the profiles and what they rest on");
  CaptureOptions capture;
  const std::map<std::string, Sides> sides{{"a", Sides::a}, {"b", Sides::b}, {"both", Sides::both}};
  app.add_option("--capture", capture.file, "Write the ports to a pcapng file, fates as comments");
  app.add_option("--capture-side", capture.sides, "Port to capture: a, b or both (the default)")
      ->transform(CLI::Transformer(sides));
  app.add_option("--capture-packets", capture.packets, "End the capture after so many frames")
      ->check(CLI::NonNegativeNumber);
  CLI::App* replayed =
      app.add_subcommand("replay", "Run a scenario over a capture, in its own time");
  ReplayOptions replay_options;
  std::string hosts_of_a;
  replayed->add_option("CAPTURE", replay_options.capture, "pcap or pcapng, Ethernet")->required();
  replayed->add_option("--config", choice.name_or_file, "Scenario")->required();
  replayed->add_option("--set", choice.settings, "Parameter, name=value")
      ->take_all()
      ->allow_extra_args(false);
  replayed->add_option("--truth", replay_options.truth, "Write the truth log");
  replayed->add_option("--out", replay_options.out, "Write what left, as pcap");
  replayed->add_option("--pcapng", replay_options.annotated,
                       "Write both sides, the fate of each packet as its comment");
  replayed->add_option("--a-prefix", hosts_of_a,
                       "Who sends from here is on a (else: who sent the first frame)");
  std::string truth_file;
  std::optional<std::string> csv;
  CLI::App* truth = app.add_subcommand("truth", "Summarise a truth log");
  truth->add_option("FILE", truth_file, "Truth log of a run")->required();
  truth->add_option("--csv", csv, "Also write one line per packet ('-': only that, to stdout)");
  try {
    app.parse(argc, argv);
    if (truth->parsed()) return run_truth(truth_file, csv);
    if (list) {
      std::fputs(profile_list().c_str(), stdout);
      return Exit::clean;
    }
    if (!check_file.empty()) {
      choice.name_or_file = check_file;
      return check(choice);
    }
    if (replayed->parsed()) {
      if (!hosts_of_a.empty()) {
        auto prefix = parse_prefix_match(hosts_of_a);
        if (!prefix) return refuse(Error{"--a-prefix", prefix.error().what});
        replay_options.hosts_of_a = prefix.value();
      }
      return run_replay(choice, replay_options);
    }
    if (choice.name_or_file.empty()) {
      return refuse(Error{"--config", "missing: give a scenario's file or name (see --list)"});
    }
    return run(choice, capture);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return refuse(Error{"", error.what()});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gimbal-impair: %s\n", error.what());
    return Exit::failure;
  }
}
