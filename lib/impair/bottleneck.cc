#include "impair/bottleneck.h"

#include <bit>

namespace gimbal::impair {

Bottleneck::Bottleneck(Instant start, std::size_t max_queued)
    : ring_(std::bit_ceil(max_queued == 0 ? 1 : max_queued)), start_{start}, free_at_{start} {}

Bottleneck::Answer Bottleneck::offer(std::uint32_t frame_bytes, Instant now,
                                     const DirectionConfig& config, Instant& dequeued_at) noexcept {
  const std::uint64_t wanted = backlog_bytes(now) + frame_bytes;
  if (free_at_ < now) {
    free_at_ = now;
    remainder_ = 0;
  }
  const bool instant_service = config.rate.is_zero() && !config.outages.on() && free_at_ == now;
  if (instant_service) {
    dequeued_at = now;
    return Answer::accepted;
  }
  if (config.queue_bytes != 0 && wanted > config.queue_bytes) return Answer::queue_full;
  if (tail_ - head_ == ring_.size()) return Answer::memory;

  free_at_ = serve(free_at_, service_time(frame_bytes, config.rate), config.outages, start_);
  dequeued_at = free_at_;
  if (dequeued_at > now) {
    ring_[tail_++ & (ring_.size() - 1)] = Departure{dequeued_at, frame_bytes};
    backlog_bytes_ = wanted;
  }
  return Answer::accepted;
}

std::uint64_t Bottleneck::backlog_bytes(Instant now) noexcept {
  while (head_ != tail_) {
    const Departure& next = ring_[head_ & (ring_.size() - 1)];
    if (next.at > now) break;
    backlog_bytes_ -= next.bytes;
    ++head_;
  }
  return backlog_bytes_;
}

Nanos Bottleneck::service_time(std::uint32_t frame_bytes, BitRate rate) noexcept {
  if (rate.is_zero()) return Nanos{};
  // bits x ns/s: 2^32 bytes would overflow, but no frame comes near (2^16 x 8e9 < 2^59).
  const std::int64_t scaled = static_cast<std::int64_t>(frame_bytes) * 8'000'000'000 + remainder_;
  remainder_ = scaled % rate.bits_per_second();
  return Nanos{scaled / rate.bits_per_second()};
}

Instant serve(Instant from, Nanos work, const Outages& outages, Instant start) noexcept {
  if (!outages.on()) return from + work;
  const std::int64_t period = outages.every.count();
  const std::int64_t light = period - outages.lasting.count();
  if (light <= 0) return Instant::never();

  std::int64_t phase = (from - start).count() % period;
  if (phase < 0) phase += period;
  Instant light_began = from - Nanos{phase};
  std::int64_t served = phase;  // Of this period's light, already past.
  if (phase >= light) {
    light_began = light_began + outages.every;
    served = 0;
  }
  const std::int64_t due = served + work.count();
  // Work that ends exactly with the light is done in it, not a period later.
  const std::int64_t whole = due > light ? (due - 1) / light : 0;
  return light_began + Nanos{whole * period + (due - whole * light)};
}

}  // namespace gimbal::impair
