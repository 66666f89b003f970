#include "impair/direction.h"

#include <algorithm>

#include "impair/jitter_draw.h"
#include "impair/stream_seed.h"

namespace gimbal::impair {
namespace {

enum Stream : std::uint64_t { loss = 1, jitter = 2, stalls = 3 };

Instant next_batch(Instant at, Nanos period, Instant start) noexcept {
  const std::int64_t since = (at - start).count();
  const std::int64_t late = since % period.count();
  return late == 0 ? at : at + Nanos{period.count() - late};
}

}  // namespace

Direction::Direction(const DirectionConfig& config, std::uint64_t seed, Instant start,
                     std::size_t max_queued)
    : config_{config},
      loss_luck_{stream_seed(seed, Stream::loss)},
      jitter_luck_{stream_seed(seed, Stream::jitter)},
      bottleneck_{start, max_queued},
      stalls_{config.stalls, stream_seed(seed, Stream::stalls), start},
      start_{start},
      last_arrival_{start},
      last_release_{start} {}

Admission Direction::admit(std::uint32_t frame_bytes, Instant now) noexcept {
  last_arrival_ = now = max(now, last_arrival_);
  // Both draws come first and always: the fate of one packet must not shift the luck of the next.
  const bool lost = loss_luck_.chance(config_.loss.probability);
  const Nanos delay = max(Nanos{}, config_.delay + draw_jitter(config_.jitter, jitter_luck_));

  Admission admission;
  admission.enqueued = now;
  admission.backlog_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bottleneck_.backlog_bytes(now), UINT32_MAX));
  if (lost) {
    admission.cause = DropCause::random_loss;
    return admission;
  }
  Instant dequeued_at;
  switch (bottleneck_.offer(frame_bytes, now, config_, dequeued_at)) {
    case Bottleneck::Answer::accepted:
      break;
    case Bottleneck::Answer::queue_full:
      admission.cause = DropCause::queue_full;
      return admission;
    case Bottleneck::Answer::memory:
      admission.cause = DropCause::memory;
      return admission;
  }
  Instant release_at = stalls_.pass(dequeued_at) + delay;
  if (config_.batches.on()) release_at = next_batch(release_at, config_.batches.period, start_);
  if (config_.jitter.order == Order::fifo) release_at = max(release_at, last_release_);
  last_release_ = max(last_release_, release_at);

  admission.dequeued_at = dequeued_at;
  admission.release_at = release_at;
  return admission;
}

void Direction::reconfigure(const DirectionConfig& config, Instant now) noexcept {
  const bool same_stalls = config.stalls.every == config_.stalls.every &&
                           config.stalls.lasting == config_.stalls.lasting;
  config_ = config;
  if (!same_stalls) stalls_.restart(config.stalls, max(now, last_arrival_));
}

}  // namespace gimbal::impair
