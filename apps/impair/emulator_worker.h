#pragma once

#include <array>
#include <atomic>

#include "base/time.h"
#include "emulator_page.h"
#include "impair/capture_ring.h"
#include "impair/emulator_core.h"
#include "mailbox.h"
#include "packet/packet.h"
#include "stats/published.h"
#include "timeline.h"

namespace gimbal::impair {

/// The core as the body of a worker's loop, and the worker's side of everything the control thread
/// says and asks.
template <PacketIo Io, class Clock>
class EmulatorWorker {
 public:
  EmulatorWorker(Io& io, const Clock& clock, const EmulatorSettings& settings, TruthRing* truth)
      : clock_{clock}, start_{clock.now()}, core_{io, settings, start_, truth} {}

  // worker
  void run_once(Instant now) noexcept {
    if (!closing_.load(std::memory_order_relaxed)) core_.receive(now);
    // Read again: what became due while packets came in leaves in this turn.
    core_.transmit(clock_.now());
    if (now < publish_at_) return;
    publish_at_ = now + kPublishEvery;
    changes_.take([this, now](const Ways& ways) {
      for (const PortId port : {PortId::lan, PortId::wan}) {
        core_.reconfigure(port, ways[static_cast<std::size_t>(port)], now);
      }
    });
    taps_.take([this](CaptureRing* ring) { core_.capture_to(ring); });
    publish(now);
  }
  [[nodiscard]] Instant next_deadline() noexcept {
    const Instant due = core_.next_due();
    return due == Instant::never() ? due : due - kEarly;
  }
  void drain(Instant now) noexcept {
    core_.flush();
    publish(now);
  }

  // control
  [[nodiscard]] EmulatorPage page() const noexcept { return page_.read(); }
  Mailbox<Ways>& changes() noexcept { return changes_; }
  /// Where packets and fates go, or null. What was given before is not looked at any more once
  /// this one is taken.
  Mailbox<CaptureRing*>& taps() noexcept { return taps_; }
  /// The zero of the times in truth records.
  [[nodiscard]] Instant start() const noexcept { return start_; }
  /// No packet is taken in from now on; those on their way still leave at their time.
  void close() noexcept { closing_.store(true, std::memory_order_relaxed); }

 private:
  static constexpr Nanos kPublishEvery = Nanos::millis(5);
  // A sleeping thread wakes late by about this much; what is due sooner is waited for awake.
  static constexpr Nanos kEarly = Nanos::micros(20);

  void publish(Instant now) noexcept {
    EmulatorPage page;
    page.ways = {core_.counters(PortId::lan, now), core_.counters(PortId::wan, now)};
    page.transit = {core_.transit(PortId::lan), core_.transit(PortId::wan)};
    page.lateness = core_.lateness();
    page.uptime_ns = (now - start_).count();
    page_.publish(page);
  }

  Clock clock_;
  Instant start_;
  EmulatorCore<Io> core_;
  Instant publish_at_{};
  Mailbox<Ways> changes_;             // control: offers, worker: takes
  Mailbox<CaptureRing*> taps_;        // control: offers, worker: takes
  Published<EmulatorPage> page_;      // worker: rw, control: ro
  std::atomic<bool> closing_{false};  // control: w, worker: ro
};

}  // namespace gimbal::impair
