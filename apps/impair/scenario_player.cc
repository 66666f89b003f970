#include "scenario_player.h"

#include <utility>

namespace gimbal::impair {

ScenarioPlayer::ScenarioPlayer(Apply apply, EmulatorConfig config)
    : apply_{std::move(apply)},
      config_{std::make_shared<const EmulatorConfig>(std::move(config))},
      cursor_{config_->timeline, config_->ways} {}

ScenarioPlayer::~ScenarioPlayer() { end(); }

void ScenarioPlayer::begin() {
  const std::lock_guard lock{mutex_};
  running_ = true;
  since_ = Clock::now();
  thread_ = std::thread{[this] { play(); }};
}

void ScenarioPlayer::end() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ScenarioPlayer::play() {
  std::unique_lock lock{mutex_};
  while (!ending_) {
    const Nanos due = cursor_.next_due();
    if (!running_ || due == Nanos::max()) {
      wake_.wait(lock);
    } else if (const Nanos now = elapsed(); now < due) {
      wake_.wait_for(lock, std::chrono::nanoseconds{(due - now).count()});
    } else {
      // A worker too busy to take it is asked again at the next look; the step is not lost.
      const TimelineCursor before = cursor_;
      if (apply_(config_, catch_up(now))) {
        cursor_ = before;
        wake_.wait_for(lock, std::chrono::milliseconds{10});
      }
    }
  }
}

Nanos ScenarioPlayer::elapsed() const {
  if (!running_) return before_;
  const auto span = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - since_);
  return before_ + Nanos{span.count()};
}

const Ways& ScenarioPlayer::catch_up(Nanos now) {
  const Ways* ways = &config_->ways;
  while (cursor_.next_due() <= now) ways = &cursor_.advance();
  return *ways;
}

std::optional<Error> ScenarioPlayer::restart() {
  if (auto error = apply_(config_, config_->ways)) return error;
  cursor_ = TimelineCursor{config_->timeline, config_->ways};
  before_ = Nanos{};
  since_ = Clock::now();
  running_ = true;
  return std::nullopt;
}

std::optional<Error> ScenarioPlayer::act(ScenarioAction action) {
  const std::lock_guard lock{mutex_};
  std::optional<Error> error;
  switch (action) {
    case ScenarioAction::start:
      if (!running_) since_ = Clock::now();
      running_ = true;
      break;
    case ScenarioAction::stop:
      before_ = elapsed();
      running_ = false;
      break;
    case ScenarioAction::restart:
      error = restart();
      break;
  }
  wake_.notify_all();
  return error;
}

std::optional<Error> ScenarioPlayer::change(EmulatorConfig config) {
  const std::lock_guard lock{mutex_};
  auto wanted = std::make_shared<const EmulatorConfig>(std::move(config));
  const auto config_before = std::exchange(config_, std::move(wanted));
  const TimelineCursor cursor_before =
      std::exchange(cursor_, TimelineCursor{config_->timeline, config_->ways});
  if (auto error = apply_(config_, catch_up(elapsed()))) {
    config_ = config_before;
    cursor_ = cursor_before;
    return error;
  }
  wake_.notify_all();
  return std::nullopt;
}

std::shared_ptr<const EmulatorConfig> ScenarioPlayer::config() const {
  const std::lock_guard lock{mutex_};
  return config_;
}

ScenarioState ScenarioPlayer::state() const {
  const std::lock_guard lock{mutex_};
  const auto& steps = config_->timeline.steps;
  ScenarioState state{config_->name, running_, elapsed(),         cursor_.step(),
                      steps.size(),  "",       cursor_.next_due()};
  if (state.step > 0) state.note = steps[state.step - 1].note;
  return state;
}

}  // namespace gimbal::impair
