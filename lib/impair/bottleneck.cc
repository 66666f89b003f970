#include "impair/bottleneck.h"

#include <bit>

namespace gimbal::impair {

Bottleneck::Bottleneck(Instant start, std::size_t max_queued)
    : ring_(std::bit_ceil(max_queued == 0 ? 1 : max_queued)),
      start_{start},
      clock_{start, {}, {}} {}

Bottleneck::Service Bottleneck::offer(std::uint32_t frame_bytes, bool ecn_capable, Instant now,
                                      const LinkConfig& config) noexcept {
  const std::uint64_t wanted = backlog_bytes(now) + frame_bytes;
  Clock clock = clock_;
  if (clock.free_at < now) {
    clock.free_at = now;
    clock.work = ServiceTime{};
  }
  const bool serves = config.trace != nullptr || !config.rate.is_zero();
  if (!serves && !config.outages.on() && clock.free_at == now) {
    clock_ = clock;
    return Service{Answer::accepted, false, now};
  }
  const bool too_many = config.queue_packets != 0 && tail_ - head_ >= config.queue_packets;
  if (too_many || (config.queue_bytes != 0 && wanted > config.queue_bytes)) {
    return Service{Answer::queue_full};
  }
  if (tail_ - head_ == ring_.size()) return Service{Answer::memory};

  const Instant begins = clock.free_at;
  advance(clock, frame_bytes, config);
  // A trace may be silent for long after the frame before was served: the wait is to the end.
  const Instant served = config.trace != nullptr ? clock.free_at : begins;
  if (config.queue_time > Nanos{} && served - now > config.queue_time) {
    return Service{Answer::queue_full};
  }
  bool marked = false;
  if (serves && config.aqm.kind != AqmKind::none) {
    const Codel::Verdict verdict = manage(served - now, served, ecn_capable, config);
    if (verdict == Codel::Verdict::drop) return Service{Answer::aqm};
    marked = verdict == Codel::Verdict::mark;
  }
  clock_ = clock;
  if (clock.free_at > now) {
    ring_[tail_++ & (ring_.size() - 1)] = Departure{clock.free_at, frame_bytes};
    backlog_bytes_ = wanted;
  }
  return Service{Answer::accepted, marked, clock.free_at};
}

void Bottleneck::advance(Clock& clock, std::uint32_t frame_bytes,
                         const LinkConfig& config) const noexcept {
  clock.free_at =
      config.trace != nullptr
          ? clock.trace.serve(*config.trace, clock.free_at, frame_bytes, start_)
          : serve(clock.free_at, clock.work.add(frame_bytes, config.rate), config.outages, start_);
}

Codel::Verdict Bottleneck::manage(Nanos waited, Instant at, bool ecn_capable,
                                  const LinkConfig& config) noexcept {
  if (config.aqm.kind == AqmKind::threshold) {
    return ecn_capable && waited >= config.aqm.target ? Codel::Verdict::mark : Codel::Verdict::pass;
  }
  constexpr std::int64_t kFullFrame = 1514;
  const Nanos target = max(config.aqm.target, config.rate.time_for(kFullFrame));
  return codel_.judge(waited, at, config.aqm, target, ecn_capable);
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
