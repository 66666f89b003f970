#pragma once

#include <memory>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "emulator_config.h"
#include "emulator_page.h"

namespace gimbal::impair {

/// The running emulator: ports, worker and truth log. Control thread only, but for `page`,
/// `status` and `change`, which the REST thread may call too.
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
  /// Puts other models in force without losing a packet; an error when the worker does not answer.
  std::optional<Error> change(const std::array<DirectionConfig, kPortCount>& ways);

 private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gimbal::impair
