#include "probe/step_driver.h"

#include "probe/arrivals.h"

namespace gimbal::probe {

StepDriver::StepDriver(const SocketAddress& server, const LoadOptions& options, std::string part)
    : options_{options},
      part_name_{std::move(part)},
      pool_{loop_, *this, server, options.connections, options.congestion},
      rng_{options.seed} {}

void StepDriver::on_done(std::uint32_t slot, Outcome outcome, Clock::time_point now) {
  if (outcome == Outcome::broken) {
    broken_ = slot;
    return;
  }
  if (outcome == Outcome::mismatch) ++mismatches_;
  --missing_;
  last_ = now;
  part_->record(intended_, now - intended_);
}

Result<bool> StepDriver::run_step(const Shape& shape, Clock::time_point intended) {
  intended_ = intended;
  missing_ = pool_.slots();
  for (std::uint32_t slot = 0; slot < pool_.slots(); ++slot) {
    if (pool_.state(slot) != CallPool::SlotState::idle) return pool_.failure(slot);
    Exchange exchange = shape(slot);
    exchange.seed = rng_.next();
    pool_.begin(slot, exchange, Clock::now());
  }
  const Clock::time_point begun = Clock::now();
  const Clock::duration limit = to_duration(options_.limit);
  while (missing_ > 0) {
    if (broken_) return pool_.failure(*broken_);
    if (stop_requested()) return Error{"", "stopped before the step had ended"};
    if (Clock::now() - begun > limit)
      return Error{"--limit " + std::to_string(options_.limit),
                   "a step took longer: " + std::to_string(missing_) + " of " +
                       std::to_string(pool_.slots()) + " parts are missing"};
    loop_.turn(std::chrono::milliseconds{50});
  }
  return true;
}

Result<RunResult> StepDriver::run(const Shape& shape, ProgressLog& progress) {
  if (auto opened = pool_.open_all(progress); !opened) return opened.error();
  const Clock::time_point start = Clock::now();
  const Clock::time_point origin = start + to_duration(options_.warmup);
  const Clock::time_point end = origin + to_duration(options_.duration);
  step_.emplace("step", origin);
  part_.emplace(part_name_, origin);
  std::optional<Arrivals> arrivals;
  if (options_.open_loop()) arrivals.emplace(start, options_.rate, options_.poisson, options_.seed);
  for (;;) {
    const Clock::time_point intended = arrivals ? arrivals->next() : Clock::now();
    if (options_.count == 0 && intended >= end) break;
    while (Clock::now() < intended && !stop_requested()) loop_.turn(intended - Clock::now());
    if (stop_requested()) break;
    if (auto ran = run_step(shape, intended); !ran) return ran.error();
    step_->record(intended, last_ - intended);
    if (intended >= origin) steps_.push_back(last_ - intended);
    if (options_.count != 0 && steps_.size() >= options_.count) break;
    progress.show(last_, "steps", static_cast<double>(steps_.size()),
                  static_cast<double>(options_.count));
  }
  return summarize(origin);
}

RunResult StepDriver::summarize(Clock::time_point begun) const {
  RunResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  result.metrics.push_back(step_->finish());
  result.metrics.push_back(part_->finish());
  result.counters["connections"] = pool_.slots();
  result.counters["steps"] = steps_.size();
  result.counters["mismatches"] = mismatches_;
  result.counters["bytes_sent"] = pool_.bytes_sent();
  result.counters["bytes_received"] = pool_.bytes_received();
  if (result.seconds > 0)
    result.figures["steps_per_s"] = static_cast<double>(steps_.size()) / result.seconds;
  return result;
}

}  // namespace gimbal::probe
