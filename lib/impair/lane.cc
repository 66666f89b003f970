#include "impair/lane.h"

#include "impair/periodic.h"
#include "impair/stream_seed.h"

namespace gimbal::impair {
namespace {

// 3 is the direction's stalls.
enum Stream : std::uint64_t {
  loss = 1,
  jitter = 2,
  regime = 4,
  step = 5,
  gap = 6,
  copy = 7,
  bits = 8
};
constexpr std::uint64_t kStreams = 16;

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t lane, Stream stream) noexcept {
  return stream_seed(seed, lane * kStreams + stream);
}

}  // namespace

Lane::Lane(std::uint64_t seed, std::uint64_t number, Instant start) noexcept
    : start_{start},
      step_seed_{seed_of(seed, number, Stream::step)},
      loss_{seed_of(seed, number, Stream::loss)},
      jitter_{seed_of(seed, number, Stream::jitter)},
      regimes_{seed_of(seed, number, Stream::regime), start},
      gap_luck_{seed_of(seed, number, Stream::gap)},
      duplication_luck_{seed_of(seed, number, Stream::copy)},
      corruption_luck_{seed_of(seed, number, Stream::bits)},
      last_release_{start} {}

Lane::Plan Lane::plan(const Treatment& treatment, Instant now) noexcept {
  Plan plan;
  const Loss* lossy = &treatment.loss;
  const Jitter* shaky = &treatment.jitter;
  Nanos delay = treatment.delay;
  if (treatment.regimes.on()) {
    const Regime& current = regimes_.at(treatment.regimes, now);
    lossy = &current.loss;
    shaky = &current.jitter;
    delay = current.delay;
  }
  plan.lost = loss_.take(*lossy);
  plan.order = shaky->order;
  plan.delay = delay + jitter_.draw(*shaky);
  if (treatment.steps.on()) plan.delay += this->step(treatment.steps, now);
  plan.delay = max(Nanos{}, plan.delay);
  if (treatment.gap.every > 0) plan.at_once = jumps(treatment.gap);
  if (treatment.duplication > 0) plan.duplicated = duplication_luck_.chance(treatment.duplication);
  if (treatment.corruption.probability > 0) {
    const std::uint64_t which = corruption_luck_.next() | 1;
    if (corruption_luck_.chance(treatment.corruption.probability)) plan.corruption = which;
  }
  return plan;
}

Instant Lane::pass_hold(const Holds& holds, Instant at) const noexcept {
  if (!holds.on()) return at;
  const Nanos phase = phase_of(at, holds.every, start_);
  return phase < holds.lasting ? at + (holds.lasting - phase) : at;
}

Instant Lane::keep_order(Order order, Instant release_at) noexcept {
  if (order == Order::fifo) release_at = max(release_at, last_release_);
  last_release_ = max(last_release_, release_at);
  return release_at;
}

Nanos Lane::step(const Steps& steps, Instant now) const noexcept {
  // A function of the number of the step alone: a silence does not shift the ones to come.
  const auto number = static_cast<std::uint64_t>((now - start_).count() / steps.every.count());
  Rng luck{stream_seed(step_seed_, number)};
  return steps.low + (steps.high - steps.low).scaled(luck.uniform());
}

bool Lane::jumps(const Gap& rule) noexcept {
  const bool lucky = gap_luck_.chance(rule.probability);
  if (++since_gap_ < rule.every) return false;
  since_gap_ = 0;
  return lucky;
}

}  // namespace gimbal::impair
