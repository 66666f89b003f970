#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/rng.h"
#include "probe/arrivals.h"
#include "probe/call_pool.h"
#include "probe/event_loop.h"
#include "probe/load_options.h"
#include "probe/recorder.h"

namespace gimbal::probe {

/// A request on its way.
struct Call {
  Exchange exchange;
  Clock::time_point intended;  ///< When the schedule wanted it; latency counts from here.
  Clock::time_point started;   ///< When a free connection took it.
};

/// What a workload asks for, and what it wants to know of the answers.
class Traffic {
 public:
  virtual ~Traffic() = default;
  /// The next request. Its seed is chosen by the driver.
  virtual Exchange next(Rng& rng) = 0;
  /// The run begins; what starts before `origin` is warm-up.
  virtual void begin(Clock::time_point origin, std::uint32_t slots) = 0;
  virtual void on_chunk(std::uint32_t, const Call&, std::uint32_t, Clock::time_point) {}
  /// Answered; not called for a request that failed.
  virtual void on_answer(std::uint32_t, const Call&, Clock::time_point) {}
  /// Adds metrics, figures and parameters to the result; may put its main metric first.
  virtual void summarize(RunResult& result) const = 0;
};

using PoolMaker = std::function<std::unique_ptr<CallPool>(EventLoop&, ExchangeListener&)>;

/// Drives requests over a pool. Closed loop: every slot asks again as soon as it is answered. Open
/// loop: requests are due at times of their own; one that finds no free slot waits in a queue, and
/// its latency counts from when it was due, so that a stall is charged to all it delayed
/// (coordinated omission). A request that takes longer than the limit is an error and is recorded
/// with the time it had waited; its connection is reset and opened again.
class LoadDriver final : private ExchangeListener, private Watcher {
 public:
  LoadDriver(const LoadOptions& options, Traffic& traffic, const PoolMaker& make_pool);

  /// Fails when the server cannot be reached at first, or no longer.
  Result<RunResult> run(ProgressLog& progress);

 private:
  void on_chunk(std::uint32_t slot, std::uint32_t index, Clock::time_point now) override;
  void on_done(std::uint32_t slot, Outcome outcome, Clock::time_point now) override;
  /// The schedule's timer.
  void advance(std::uint32_t events, Clock::time_point now) override;

  void start(Clock::time_point now);
  void arrive(Clock::time_point intended, Clock::time_point now);
  void dispatch(Clock::time_point now);
  void give_up(const Call& call, Clock::time_point now);
  /// Looks for what has taken too long and for connections to open again.
  Result<bool> sweep(Clock::time_point now);
  Result<bool> mend(std::uint32_t slot);
  [[nodiscard]] bool finished() const noexcept {
    return over_ && queue_.empty() && in_flight_ == 0;
  }
  [[nodiscard]] RunResult summarize(Clock::time_point now) const;

  LoadOptions options_;
  Traffic& traffic_;
  EventLoop loop_;
  std::unique_ptr<CallPool> pool_;
  Rng rng_;
  EventLoop::Id timer_{0};

  std::optional<Arrivals> arrivals_;
  Clock::time_point due_;  ///< The next arrival of the open loop.
  Clock::time_point origin_;
  Clock::time_point end_;
  bool over_{false};  ///< Nothing new is asked for.
  std::uint64_t asked_{0};

  std::deque<Call> queue_;
  std::deque<std::uint32_t> idle_;
  std::vector<Call> calls_;            ///< By slot.
  std::vector<bool> carries_;          ///< By slot: `calls_` holds a request on its way.
  std::vector<std::uint32_t> broken_;  ///< Slots whose connection is to be opened again.
  std::uint32_t in_flight_{0};

  std::optional<Recorder> request_;
  std::optional<Recorder> queued_;
  std::uint64_t answers_{0};
  std::uint64_t mismatches_{0};
  std::uint64_t broken_calls_{0};
  std::uint64_t timeouts_{0};
  std::uint64_t reconnects_{0};
};

}  // namespace gimbal::probe
