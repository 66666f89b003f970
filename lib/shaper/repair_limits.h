#pragma once

#include <cstdint>

#include "base/time.h"

namespace gimbal {

/// The tuned constants of the engine, in one place. Each names the experiment that chose it.
struct RepairLimits {
  /// No packet waits here longer than 100 ms; let go early enough that a worker on a shared core
  /// still keeps the promise.
  Nanos hold_cap{Nanos::millis(95)};
  /// Local copies of one segment, after its first transmission.
  std::uint8_t tries{3};
  /// Round trips from which a hole that needs a second try outlasts common send buffers (4 MB):
  /// there the copy of a stray loss leaves twice (docs/adr/0027).
  Nanos long_rtt{Nanos::millis(100)};
  /// Probes into a silence, and how many of them at an even pace: the first to get through after an
  /// outage finds all that was lost in it (docs/adr/0025).
  std::uint8_t probes{6};
  std::uint8_t even_probes{3};
  /// Silence beyond one and a half round trips (or one and two deviations) before a tail is probed:
  /// earlier than RFC 8985's two, because a needless copy costs one packet and a late one a step of
  /// a hundred readers. And how far it grows where probes prove needless: Linux delays an ACK by 40
  /// ms at least (RFC 8985 7.2, WCDelAckT).
  Nanos probe_slack{Nanos::millis(2)};
  Nanos ack_delay{Nanos::millis(40)};
  /// ACKs let through while the sender's window opens: at most one per quarter of the round trip
  /// and this far apart, so that HyStart gets neither its 8 samples nor its train (docs/adr/0006).
  Nanos thin_gap{Nanos::millis(3)};
  std::int64_t thin_per_rtt{4};
  /// In windows below `calm_segments`: just below the eight samples HyStart asks for.
  std::int64_t thin_per_calm_rtt{7};
  /// A delay above the least by this much ends HyStart's slow start; before that, thinning would
  /// only slow a clean start down (100 kB: 202 instead of 165 ms).
  Nanos hystart_least{Nanos::millis(4)};
  Nanos hystart_most{Nanos::millis(16)};
  /// A window that has few samples a round anyway.
  std::uint32_t calm_segments{48};
  /// Least sender time-out above its smoothed round trip: Linux TCP_RTO_MIN.
  Nanos sender_rto_min{Nanos::millis(200)};
  /// Segments in flight from which a flow is looked after whatever happens: HYSTART_LOW_WINDOW.
  std::uint32_t bulk_segments{16};
  /// As many may leave at once, whatever the pace: an initial window (RFC 6928). A receiver whose
  /// window is no larger gains nothing by pacing, and loses up to a twentieth.
  std::uint32_t unpaced_segments{10};
  /// The first window of custody on a leg of `long_rtt` or more, paced over half its first round
  /// trip: what fits into the 64 kB a receiver offers at first. 10, 40 (simulator): 10 MB on a
  /// clean path of 150 ms 2.59, 2.05 s (2.09 without us), loss1long 2.72, 2.37, no drop more.
  std::uint8_t boosted_segments{40};
  /// Far legs shorter than this have nothing to steer.
  Nanos least_far_rtt{Nanos::millis(1)};
  /// Rounds with an empty queue after which the window climbs by an eighth per round trip.
  std::uint8_t quiet_rounds{4};
  /// Time after a reduction in which it does so only below the window that met congestion.
  Nanos caution{Nanos::seconds(10)};
  /// Or until so many runs of losses showed, over an empty queue, at a window that small.
  std::uint8_t enough_strays{6};
  /// What is left of the window after a crowd of losses on an unsteady path, unless slow start made
  /// it: below CUBIC's 0.7, for its neighbours are hurt by what does not hurt us (docs/adr/0041).
  /// And how long the window does not climb then. 0.6 and 10 s, 0.7 and 10 s, 0.6 and 2 s, 0.7 and
  /// none (simulator): congfifo's bystander keeps 0.77, 0.67, 0.75, 0.69, coming later 0.79, 0.80,
  /// 0.84, 0.70; fifojit10 alone 77.6, 78.6, 78.0, 79.1.
  double crowd_keeps{0.6};
  Nanos crowd_caution{Nanos::seconds(10)};
  /// Spread of round trips within a round that plain senders live with.
  Nanos steady_jitter{Nanos::millis(5)};
  /// Share of the jitter by which slow start takes the round trip to be longer than its base, while
  /// no queue shows. 0, 0.5, 1 (simulator, six seeds): fifojit10 78.7, 82.0, 79.8, with
  /// custody 80.5, 82.1, 84.0; mmwave 75.7, 77.4, 73.2.
  double start_jitter{0.5};
  /// Silence beyond two round trips and four deviations that is an outage.
  Nanos outage_least{Nanos::millis(50)};
  /// For so long at most a silence is waited out before its holes are shown.
  Nanos longest_outage{Nanos::seconds(2)};
  /// A hole is shown this long before the sender's timer would show it: two ticks of a 250 Hz
  /// kernel.
  Nanos expose_ahead{Nanos::millis(8)};
  /// The pace is at most this much of the best delivery rate of the last rounds.
  double over_peak{1.1};
  /// Data allowed to wait here, as time at the paced rate: below the hold cap with room to spare.
  Nanos queue_span{Nanos::millis(60)};
};

}  // namespace gimbal
