#include "impair/direction.h"

#include <algorithm>
#include <utility>

#include "impair/periodic.h"
#include "impair/stream_seed.h"

namespace gimbal::impair {
namespace {

constexpr std::uint64_t kStallStream = 3;
constexpr std::uint32_t kEthernet = 14;
constexpr std::size_t kMostQueuedInClass = 4096;

template <std::size_t... lane>
std::array<Lane, sizeof...(lane)> make_lanes(std::uint64_t seed, Instant start,
                                             std::index_sequence<lane...>) noexcept {
  return {Lane{seed, lane, start}...};
}

DropCause cause_of(Bottleneck::Answer answer) noexcept {
  switch (answer) {
    case Bottleneck::Answer::accepted:
      break;
    case Bottleneck::Answer::queue_full:
      return DropCause::queue_full;
    case Bottleneck::Answer::aqm:
      return DropCause::aqm;
    case Bottleneck::Answer::memory:
      return DropCause::memory;
  }
  return DropCause::none;
}

bool same(const Stalls& a, const Stalls& b) noexcept {
  return a.every == b.every && a.lasting == b.lasting;
}

bool same(const Regimes& a, const Regimes& b) noexcept {
  return a.count == b.count &&
         std::equal(a.all.begin(), a.all.end(), b.all.begin(), [](const auto& x, const auto& y) {
           return x.mean_stay == y.mean_stay && x.delay == y.delay;
         });
}

}  // namespace

Direction::Direction(const DirectionConfig& config, std::uint64_t seed, Instant start,
                     std::size_t max_queued)
    : config_{config},
      lanes_{make_lanes(seed, start, std::make_index_sequence<kLanes>{})},
      bottleneck_{start, max_queued},
      own_(DirectionConfig::kMostClasses,
           Bottleneck{start, std::min(max_queued, kMostQueuedInClass)}),
      stalls_{config.stalls, stream_seed(seed, kStallStream), start},
      start_{start},
      last_arrival_{start} {}

std::uint8_t Direction::classify(const FrameOutline& outline,
                                 std::span<const std::byte> frame) const noexcept {
  for (std::size_t i = 0; i < config_.class_count; ++i) {
    if (matches(config_.classes[i].match, outline, frame)) return static_cast<std::uint8_t>(i + 1);
  }
  return 0;
}

Admission Direction::admit(const Arrival& arrival, Instant now) noexcept {
  last_arrival_ = now = max(now, last_arrival_);
  // All draws come first and always: the fate of one packet must not shift the luck of the next.
  const Treatment& treatment = this->treatment(arrival.lane);
  const Lane::Plan plan = lanes_[arrival.lane].plan(treatment, now);

  Admission admission;
  admission.enqueued = now;
  admission.lane = arrival.lane;
  admission.backlog_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bottleneck_.backlog_bytes(now), UINT32_MAX));
  admission.cause = refuse(arrival, treatment, plan, now);
  if (!admission.carried()) return admission;
  const Bottleneck::Service service = serve(arrival, now);
  admission.cause = cause_of(service.answer);
  if (!admission.carried()) return admission;

  admission.dequeued_at = service.dequeued_at;
  admission.release_at = release(arrival, treatment, plan, service.dequeued_at);
  admission.marked = service.marked;
  admission.duplicated = plan.duplicated;
  admission.corruption = plan.corruption;
  return admission;
}

const Treatment& Direction::treatment(std::size_t lane) const noexcept {
  if (lane == 0) return config_;
  return config_.classes[lane - 1].treatment;
}

DropCause Direction::refuse(const Arrival& arrival, const Treatment& treatment,
                            const Lane::Plan& plan, Instant now) noexcept {
  const Outages& flap = config_.flap;
  if (flap.on() && phase_of(now, flap.every, start_) >= flap.every - flap.lasting) {
    return DropCause::link_down;
  }
  if (treatment.mtu != 0 && arrival.frame_bytes > treatment.mtu + kEthernet) return DropCause::mtu;
  if (plan.lost) return DropCause::random_loss;
  if (!config_.policer.rate.is_zero() &&
      !policer_.conforms(arrival.frame_bytes, now, config_.policer)) {
    return DropCause::policed;
  }
  return DropCause::none;
}

Bottleneck::Service Direction::serve(const Arrival& arrival, Instant now) noexcept {
  if (arrival.lane != 0) {
    const LinkConfig& link = config_.classes[arrival.lane - 1u].link;
    if (link.trace != nullptr || !link.rate.is_zero()) {
      return own_[arrival.lane - 1u].offer(arrival.frame_bytes, arrival.ecn_capable, now, link);
    }
  }
  return bottleneck_.offer(arrival.frame_bytes, arrival.ecn_capable, now, config_);
}

Instant Direction::release(const Arrival& arrival, const Treatment& treatment,
                           const Lane::Plan& plan, Instant dequeued_at) noexcept {
  Lane& lane = lanes_[arrival.lane];
  const Instant passed = lane.pass_hold(treatment.holds, stalls_.pass(dequeued_at));
  if (plan.at_once) return passed;
  Instant release_at = passed + plan.delay;
  if (config_.batches.on()) release_at = next_multiple(release_at, config_.batches.period, start_);
  return lane.keep_order(plan.order, release_at);
}

void Direction::reconfigure(const DirectionConfig& config, Instant now) noexcept {
  const Instant since = max(now, last_arrival_);
  if (!same(config.stalls, config_.stalls)) stalls_.restart(config.stalls, since);
  if (!same(config.regimes, config_.regimes)) lanes_[0].restart_regimes(since);
  const std::size_t classes = std::max(config.class_count, config_.class_count);
  for (std::size_t i = 0; i < classes; ++i) {
    const Regimes& wanted = config.classes[i].treatment.regimes;
    if (!same(wanted, config_.classes[i].treatment.regimes)) lanes_[i + 1].restart_regimes(since);
  }
  if (config.trace != config_.trace) bottleneck_.restart_trace();
  for (std::size_t i = 0; i < own_.size(); ++i) {
    if (config.classes[i].link.trace != config_.classes[i].link.trace) own_[i].restart_trace();
  }
  config_ = config;
}

}  // namespace gimbal::impair
