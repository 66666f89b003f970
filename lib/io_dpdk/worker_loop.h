#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>

#include "base/time.h"
#include "config/config.h"
#include "io_dpdk/clock.h"
#include "io_dpdk/dpdk_io.h"

namespace gimbal {

/// What a worker and the control thread say to each other. One cache line each way.
struct WorkerPulse {
  alignas(64) std::atomic<std::uint64_t> beats{
      0};                                     ///< worker: w, control: r. Stalls when it hangs.
  std::atomic<std::uint64_t> sleeps{0};       ///< worker: w, control: r
  alignas(64) std::atomic<bool> stop{false};  ///< control: w, worker: r
};

template <class Body>
concept WorkerBody = requires(Body body, Instant now) {
  { body.run_once(now) }
  noexcept;  ///< Receive, think, transmit: one burst per port.
  { body.next_deadline() }
  noexcept->std::same_as<Instant>;  ///< Earliest instant it has work.
  { body.drain(now) }
  noexcept;  ///< Give back everything held; nothing is lost.
};

/// Polls this long without a packet before it sleeps. Bridges the gaps of a conversation in full
/// swing, for which falling asleep and waking would cost more than the core's time is worth
/// (docs/adr/0010 has the figures).
inline constexpr Nanos kIdleSpin = Nanos::micros(50);
/// The longest sleep. A packet ends it earlier where the device can tell (kernel interfaces);
/// elsewhere this, plus the scheduler, bounds the wake-up delay.
inline constexpr Nanos kBlindSleep = Nanos::micros(50);
inline constexpr Nanos kAlertSleep = Nanos::millis(2);

/// How long a stopping worker goes on to deliver what it answers for: the program stops within 2 s.
inline constexpr Nanos kDrainTime = Nanos::millis(1'200);

/// The loop of one worker, until `done`. Time is read once per turn.
template <WorkerBody Body, class Done>
void run_worker_until(Body& body, DpdkIo& io, const TscClock& clock, Idle idle, WorkerPulse& pulse,
                      Done&& done) noexcept {
  Instant last_packet = clock.now();
  std::uint64_t seen = io.received_total();
  while (!done()) {
    const Instant now = clock.now();
    body.run_once(now);
    pulse.beats.store(pulse.beats.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);

    const std::uint64_t total = io.received_total();
    if (total != seen) last_packet = now;
    seen = total;
    if (idle == Idle::spin || now - last_packet < kIdleSpin) continue;
    const Nanos longest = io.can_be_woken() ? kAlertSleep : kBlindSleep;
    const Nanos until_deadline = body.next_deadline() - clock.now();
    if (until_deadline <= Nanos{}) continue;
    io.sleep(min(until_deadline, longest));
    pulse.sleeps.store(pulse.sleeps.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
}

/// A worker's life: until `pulse.stop`, then until a body that answers for bytes has delivered them
/// or kDrainTime is over.
template <WorkerBody Body>
void run_worker(Body& body, DpdkIo& io, const TscClock& clock, Idle idle,
                WorkerPulse& pulse) noexcept {
  prepare_worker_thread(idle);
  run_worker_until(body, io, clock, idle, pulse,
                   [&] { return pulse.stop.load(std::memory_order_relaxed); });
  if constexpr (requires { body.drained(); }) {
    const Instant end = clock.now() + kDrainTime;
    body.begin_drain(clock.now());
    run_worker_until(body, io, clock, idle, pulse,
                     [&] { return body.drained() || clock.now() >= end; });
  }
  body.drain(clock.now());
}

}  // namespace gimbal
