#pragma once

#include <cstdint>
#include <string>

#include "probe/result.h"
#include "probe/socket.h"

namespace CLI {
class App;
}

namespace gimbal::probe {

/// How much load, for how long: what the request workloads have in common.
struct LoadOptions {
  unsigned connections{16};
  double rate{0};          ///< Arrivals per second over all connections; 0: closed loop.
  bool poisson{true};      ///< Else at even distances.
  double duration{10};     ///< Seconds, without the warm-up.
  std::uint64_t count{0};  ///< Requests or rounds instead of a duration; 0: by duration.
  double warmup{0};        ///< Seconds at the start that are not counted.
  std::uint64_t seed{1};
  double limit{30};  ///< Seconds a request may take.
  std::string congestion;

  [[nodiscard]] bool open_loop() const noexcept { return rate > 0; }
};

/// Seconds as the clock counts them.
Clock::duration to_duration(double seconds) noexcept;

/// --connections --rate --arrivals --duration --requests --warmup --seed --limit --cc.
void add_load_options(CLI::App& command, LoadOptions& options);

/// Those without the connections and the count: --rate --arrivals --duration --warmup --seed
/// --limit --cc.
void add_pace_options(CLI::App& command, LoadOptions& options);

/// The same with --rounds, which --duration excludes; `options.duration` 0 stands for "not given".
void add_step_options(CLI::App& command, LoadOptions& options, std::uint64_t& rounds);

/// Puts the options into the result's parameters.
void describe(const LoadOptions& options, nlohmann::json& parameters);

}  // namespace gimbal::probe
