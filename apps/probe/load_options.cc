#include "probe/load_options.h"

#include "probe/options.h"

namespace gimbal::probe {

Clock::duration to_duration(double seconds) noexcept {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
}

void add_pace_options(CLI::App& command, LoadOptions& o) {
  add_option(command, "--rate", o.rate, 1e-3, 1e7,
             "open loop: arrivals per second (default: closed loop)");
  add_choice(command, "--arrivals", o.poisson, "fixed", "poisson",
             "of the open loop: poisson (default) or fixed");
  add_option(command, "--duration", o.duration, 0.01, 1e6, "seconds measured");
  add_option(command, "--warmup", o.warmup, 0, 1e6, "seconds before that, not counted");
  add_option(command, "--seed", o.seed, 0, UINT64_MAX, "of sizes, arrivals and content");
  add_option(command, "--limit", o.limit, 0.01, 86400, "seconds one request or step may take");
  add_option(command, "--cc", o.congestion, "congestion control of the sockets, at both ends");
}

void add_load_options(CLI::App& command, LoadOptions& o) {
  add_option(command, "--connections", o.connections, 1, 100'000,
             "persistent, opened before the run");
  add_option(command, "--requests", o.count, 1, std::uint64_t{1} << 40,
             "so many instead of a duration");
  add_pace_options(command, o);
  excludes(command, "--requests", "--duration");
}

void add_step_options(CLI::App& command, LoadOptions& o, std::uint64_t& rounds) {
  add_option(command, "--rounds", rounds, 1, 1 << 24, "steps, unless --duration is given");
  add_pace_options(command, o);
  excludes(command, "--rounds", "--duration");
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
