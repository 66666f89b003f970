// gimbal-impair: an unsteady path between two ports.
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "control/server.h"
#include "emulator.h"
#include "emulator_backend.h"
#include "emulator_config.h"
#include "page_json.h"
#include "truth_command.h"

namespace {

using namespace gimbal;
using namespace gimbal::impair;

enum Exit { clean = 0, failure = 1, bad_setup = 2 };

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

int run(const std::string& config_file) {
  const sigset_t stop = block_stop_signals();
  const auto config = load_emulator_config(config_file);
  if (!config) return refuse(config.error());
  auto emulator = Emulator::start(config.value());
  if (!emulator) return refuse(emulator.error());
  EmulatorBackend backend{*emulator.value(), config.value()};
  auto server = start_server(config.value(), backend);
  if (!server) return refuse(server.error());

  std::fputs("ready\n", stderr);
  int signal = 0;
  sigwait(&stop, &signal);
  server.value().reset();
  emulator.value()->stop();
  spdlog::info("stopped\n{}", summarise(emulator.value()->page()));
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
  std::string config_file;
  app.add_option("--config", config_file, "Configuration (JSON)");
  std::string truth_file;
  std::optional<std::string> csv;
  CLI::App* truth = app.add_subcommand("truth", "Summarise a truth log");
  truth->add_option("FILE", truth_file, "Truth log of a run")->required();
  truth->add_option("--csv", csv, "Also write one line per packet ('-': only that, to stdout)");
  try {
    app.parse(argc, argv);
    if (truth->parsed()) return run_truth(truth_file, csv);
    if (config_file.empty()) return refuse(Error{"--config", "missing: give a configuration file"});
    return run(config_file);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return refuse(Error{"", error.what()});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gimbal-impair: %s\n", error.what());
    return Exit::failure;
  }
}
