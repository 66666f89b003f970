#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/time.h"
#include "emulator_config.h"

namespace gimbal::impair {

enum class ScenarioAction { start, stop, restart };

struct ScenarioState {
  std::string name;
  bool running{false};
  Nanos elapsed{};  ///< Of the timeline; stands still while stopped.
  std::size_t step{0};
  std::size_t steps{0};
  std::string note;  ///< Of the step in force.
  Nanos next_due{};  ///< `Nanos::max()`: no change to come.
};

/// Plays the timeline of a scenario and makes all changes of the models, one at a time. Its own
/// thread sleeps between changes; any thread may call.
class ScenarioPlayer {
 public:
  /// Puts `ways`, which point into `owner`, in force.
  using Apply = std::function<std::optional<Error>(std::shared_ptr<const EmulatorConfig> owner,
                                                   const Ways& ways)>;

  /// The directions of `config` are in force already.
  ScenarioPlayer(Apply apply, EmulatorConfig config);
  ~ScenarioPlayer();
  ScenarioPlayer(const ScenarioPlayer&) = delete;
  ScenarioPlayer& operator=(const ScenarioPlayer&) = delete;

  void begin();  ///< Time zero of the timeline.
  void end();    ///< No change happens after this.

  /// `stop` freezes what is in force, `start` goes on from there, `restart` begins anew.
  std::optional<Error> act(ScenarioAction action);
  /// Puts another configuration in force. Its timeline is taken up at the place where the old one
  /// stands.
  std::optional<Error> change(EmulatorConfig config);

  [[nodiscard]] std::shared_ptr<const EmulatorConfig> config() const;
  [[nodiscard]] ScenarioState state() const;

 private:
  using Clock = std::chrono::steady_clock;

  void play();
  [[nodiscard]] Nanos elapsed() const;
  [[nodiscard]] const Ways& catch_up(Nanos now);
  std::optional<Error> restart();

  Apply apply_;
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::shared_ptr<const EmulatorConfig> config_;
  TimelineCursor cursor_;
  bool running_{false};
  bool ending_{false};
  Nanos before_{};           // Elapsed when last stopped.
  Clock::time_point since_;  // When last started.
  std::thread thread_;
};

}  // namespace gimbal::impair
