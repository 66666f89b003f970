#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "probe/event_loop.h"
#include "probe/exchange_pool.h"
#include "probe/load_options.h"
#include "probe/recorder.h"

namespace gimbal::probe {

/// Drives steps: in each, one exchange on every connection, all begun together; the step ends with
/// the last of them. With a rate, a step is due at its time and measured from it, even when the one
/// before it overran.
class StepDriver final : private ExchangeListener {
 public:
  /// What the connection `slot` carries in every step; its seed is chosen anew each time.
  using Shape = std::function<Exchange(std::uint32_t slot)>;

  /// `part`: what one exchange of a step is called among the metrics ("read").
  StepDriver(const SocketAddress& server, const LoadOptions& options, std::string part);

  /// Fails when a connection breaks or a step takes longer than the limit: a step with a part
  /// missing never ends.
  Result<RunResult> run(const Shape& shape, ProgressLog& progress);

  /// Every counted step's time, in order.
  [[nodiscard]] const std::vector<Clock::duration>& steps() const noexcept { return steps_; }

 private:
  void on_chunk(std::uint32_t, std::uint32_t, Clock::time_point) override {}
  void on_done(std::uint32_t slot, Outcome outcome, Clock::time_point now) override;
  Result<bool> run_step(const Shape& shape, Clock::time_point intended);
  [[nodiscard]] RunResult summarize(Clock::time_point begun) const;

  LoadOptions options_;
  std::string part_name_;
  EventLoop loop_;
  ExchangePool pool_;
  Rng rng_;
  std::optional<Recorder> step_;
  std::optional<Recorder> part_;
  std::vector<Clock::duration> steps_;

  Clock::time_point intended_;
  Clock::time_point last_;  ///< When the step's last part was done.
  std::uint32_t missing_{0};
  std::optional<std::uint32_t> broken_;
  std::uint64_t mismatches_{0};
};

}  // namespace gimbal::probe
