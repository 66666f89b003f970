#include "probe/load_driver.h"

#include <algorithm>

namespace gimbal::probe {
namespace {
constexpr std::chrono::milliseconds kSweepEvery{100};
}

LoadDriver::LoadDriver(const LoadOptions& options, Traffic& traffic, const PoolMaker& make_pool)
    : options_{options},
      traffic_{traffic},
      pool_{make_pool(loop_, *this)},
      rng_{options.seed},
      timer_{loop_.add(*this, -1, 0)},
      calls_(pool_->slots()),
      carries_(pool_->slots()) {}

void LoadDriver::start(Clock::time_point now) {
  origin_ = now + to_duration(options_.warmup);
  end_ = origin_ + to_duration(options_.duration);
  request_.emplace("request", origin_);
  queued_.emplace("queued", origin_);
  traffic_.begin(origin_, pool_->slots());
  for (std::uint32_t slot = 0; slot < pool_->slots(); ++slot) idle_.push_back(slot);
  if (options_.open_loop()) {
    arrivals_.emplace(now, options_.rate, options_.poisson, options_.seed);
    due_ = arrivals_->next();
    return loop_.wake_at(timer_, due_);
  }
  for (std::uint32_t slot = 0; slot < pool_->slots() && !over_; ++slot) arrive(now, now);
}

void LoadDriver::arrive(Clock::time_point intended, Clock::time_point now) {
  over_ = over_ || (options_.count != 0 ? asked_ == options_.count : intended >= end_);
  if (over_) return;
  // By count, the warm-up does not use the requests up.
  if (intended >= origin_) ++asked_;
  Call call{traffic_.next(rng_), intended, intended};
  call.exchange.seed = rng_.next();
  queue_.push_back(call);
  dispatch(now);
}

void LoadDriver::dispatch(Clock::time_point now) {
  while (!queue_.empty() && !idle_.empty()) {
    const std::uint32_t slot = idle_.front();
    idle_.pop_front();
    if (pool_->state(slot) != CallPool::SlotState::idle) {
      broken_.push_back(slot);
      continue;
    }
    Call& call = calls_[slot];
    call = queue_.front();
    queue_.pop_front();
    call.started = now;
    carries_[slot] = true;
    ++in_flight_;
    pool_->begin(slot, call.exchange, now);
  }
}

void LoadDriver::advance(std::uint32_t, Clock::time_point now) {
  while (!over_ && due_ <= now) {
    const Clock::time_point intended = due_;
    due_ = arrivals_->next();
    arrive(intended, Clock::now());
  }
  if (!over_) loop_.wake_at(timer_, due_);
}

void LoadDriver::on_chunk(std::uint32_t slot, std::uint32_t index, Clock::time_point now) {
  traffic_.on_chunk(slot, calls_[slot], index, now);
}

void LoadDriver::on_done(std::uint32_t slot, Outcome outcome, Clock::time_point now) {
  const Call call = calls_[slot];
  carries_[slot] = false;
  --in_flight_;
  if (outcome == Outcome::broken) {
    ++broken_calls_;
    broken_.push_back(slot);
    return;
  }
  if (outcome == Outcome::mismatch) ++mismatches_;
  request_->record(call.intended, now - call.intended);
  queued_->record(call.intended, call.started - call.intended);
  if (call.intended >= origin_) ++answers_;
  traffic_.on_answer(slot, call, now);
  idle_.push_back(slot);
  if (options_.open_loop())
    dispatch(now);
  else
    arrive(now, now);
}

void LoadDriver::give_up(const Call& call, Clock::time_point now) {
  ++timeouts_;
  request_->record(call.intended, now - call.intended);
}

Result<bool> LoadDriver::mend(std::uint32_t slot) {
  switch (pool_->state(slot)) {
    case CallPool::SlotState::idle:
      idle_.push_back(slot);
      if (!options_.open_loop()) arrive(Clock::now(), Clock::now());
      return true;
    case CallPool::SlotState::closed:
      if (pool_->refused(slot)) return pool_->failure(slot);
      if (auto begun = pool_->reopen(slot); !begun) return begun;
      ++reconnects_;
      break;
    case CallPool::SlotState::opening:
    case CallPool::SlotState::busy:
      break;
  }
  broken_.push_back(slot);
  return true;
}

Result<bool> LoadDriver::sweep(Clock::time_point now) {
  const Clock::duration limit = to_duration(options_.limit);
  for (std::uint32_t slot = 0; slot < pool_->slots(); ++slot) {
    if (!carries_[slot] || now - calls_[slot].intended <= limit) continue;
    give_up(calls_[slot], now);
    pool_->abandon(slot);
    carries_[slot] = false;
    --in_flight_;
    broken_.push_back(slot);
  }
  while (!queue_.empty() && now - queue_.front().intended > limit) {
    give_up(queue_.front(), now);
    queue_.pop_front();
  }
  for (const std::uint32_t slot : std::exchange(broken_, {}))
    if (auto mended = mend(slot); !mended) return mended;
  dispatch(now);
  return true;
}

Result<RunResult> LoadDriver::run(ProgressLog& progress) {
  if (auto opened = pool_->open_all(progress); !opened) return opened.error();
  start(Clock::now());
  Clock::time_point next_sweep = Clock::now() + kSweepEvery;
  while (!finished() && !stop_requested()) {
    loop_.turn(kSweepEvery);
    const Clock::time_point now = Clock::now();
    if (options_.count == 0 && now >= end_) over_ = true;
    if (now < next_sweep) continue;
    next_sweep = now + kSweepEvery;
    if (auto swept = sweep(now); !swept) return swept.error();
    progress.show(now, "requests", static_cast<double>(request_->count()),
                  static_cast<double>(options_.count));
  }
  return summarize(Clock::now());
}

RunResult LoadDriver::summarize(Clock::time_point now) const {
  RunResult result;
  const bool whole = options_.count == 0 && now > end_;
  result.seconds = std::chrono::duration<double>((whole ? end_ : now) - origin_).count();
  describe(options_, result.parameters);
  result.metrics.push_back(request_->finish());
  if (options_.open_loop()) result.metrics.push_back(queued_->finish());
  auto& counters = result.counters;
  counters["connections"] = options_.connections;
  counters["requests"] = request_->count();
  counters["answers"] = answers_;
  counters["mismatches"] = mismatches_;
  counters["timeouts"] = timeouts_;
  counters["broken"] = broken_calls_;
  counters["reconnects"] = reconnects_;
  counters["errors"] = timeouts_ + broken_calls_;
  counters["bytes_sent"] = pool_->bytes_sent();
  counters["bytes_received"] = pool_->bytes_received();
  if (result.seconds > 0)
    result.figures["answers_per_s"] = static_cast<double>(answers_) / result.seconds;
  pool_->describe(result);
  traffic_.summarize(result);
  return result;
}

}  // namespace gimbal::probe
