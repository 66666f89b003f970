#include "probe/load_options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace gimbal::probe {

Clock::duration to_duration(double seconds) noexcept {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
}

void add_pace_options(CLI::App& command, LoadOptions& o) {
  command.add_option("--rate", o.rate, "open loop: arrivals per second (default: closed loop)")
      ->check(CLI::Range(1e-3, 1e7));
  command.add_option("--arrivals", o.poisson, "of the open loop: poisson (default) or fixed")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, bool>{{"poisson", true}, {"fixed", false}}));
  command.add_option("--duration", o.duration, "seconds measured")->check(CLI::Range(0.01, 1e6));
  command.add_option("--warmup", o.warmup, "seconds before that, not counted")
      ->check(CLI::Range(0.0, 1e6));
  command.add_option("--seed", o.seed, "of sizes, arrivals and content");
  command.add_option("--limit", o.limit, "seconds one request may take")
      ->check(CLI::Range(0.01, 86400.0));
  command.add_option("--cc", o.congestion, "congestion control of the sockets, at both ends");
}

void add_load_options(CLI::App& command, LoadOptions& o) {
  command.add_option("--connections", o.connections, "persistent, opened before the run")
      ->check(CLI::Range(1, 100'000));
  command.add_option("--requests", o.count, "so many instead of a duration")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
  add_pace_options(command, o);
}

void describe(const LoadOptions& o, nlohmann::json& parameters) {
  parameters["connections"] = o.connections;
  parameters["loop"] = o.open_loop() ? "open" : "closed";
  if (o.open_loop()) {
    parameters["rate"] = o.rate;
    parameters["arrivals"] = o.poisson ? "poisson" : "fixed";
  }
  if (o.count != 0)
    parameters["requests"] = o.count;
  else
    parameters["duration"] = o.duration;
  parameters["warmup"] = o.warmup;
  parameters["seed"] = o.seed;
  if (!o.congestion.empty()) parameters["cc"] = o.congestion;
}

}  // namespace gimbal::probe
