#pragma once

#include <memory>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "capture_recorder.h"
#include "emulator_config.h"
#include "emulator_page.h"

namespace gimbal::impair {

/// The running emulator: ports, worker and truth log. Control thread only, but for `page`,
/// `status` and `change`, which the REST thread may call too; so it may the
/// captures, and then nobody else.
class Emulator {
 public:
  /// Takes the ports and starts forwarding. Errors name the JSON path; nothing stays changed.
  static Result<std::unique_ptr<Emulator>> start(const EmulatorConfig& config);
  /// Gives everything back.
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// What was accepted leaves at its time, within a second; then the rest at once. Takes at most
  /// 1.5 s.
  void stop();

  [[nodiscard]] EmulatorPage page() const;
  /// Ports, counters, release precision and truth log, for the REST server.
  [[nodiscard]] nlohmann::json status() const;
  /// Puts `ways` in force without losing a packet; an error when the worker does not answer. What
  /// they point to belongs to `owner`, which is kept while the worker may look at it. One thread at
  /// a time.
  std::optional<Error> change(std::shared_ptr<const EmulatorConfig> owner, const Ways& ways);
  /// Writes both ports, each packet with its fate, to a file from now on. An error when one is
  /// being written, or the file cannot be.
  std::optional<Error> start_capture(const CaptureOptions& options);
  /// An error when there is none, or the worker does not let go of it.
  std::optional<Error> stop_capture();
  /// The capture under way or, `state` other than "running", the last one.
  [[nodiscard]] nlohmann::json capture() const;
  [[nodiscard]] const std::optional<std::string>& capture_folder() const noexcept;

  /// An interface of ours that is there no more, by its device text.
  [[nodiscard]] std::optional<std::string> lost_port() const;

 private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state) noexcept;
  std::optional<Error> give_tap(CaptureRing* ring);
  void end_capture();
  std::unique_ptr<State> state_;
};

}  // namespace gimbal::impair
