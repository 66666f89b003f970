#include "tcp/fold.h"
#include "tcp/judge.h"

namespace gimbal {
namespace {

constexpr Nanos kTickSpan = Nanos::seconds(1);
constexpr std::uint32_t kTickCount = 10;

// Clocks in use tick every microsecond, 1, 4 or 10 ms; a measurement within a tenth of one is that
// one, so that jitter on the way does not show.
Nanos snap_tick(Nanos measured) noexcept {
  for (const Nanos known :
       {Nanos::micros(1), Nanos::millis(1), Nanos::millis(4), Nanos::millis(10)}) {
    const Nanos off = measured < known ? known - measured : measured - known;
    if (off * 10 <= known) return known;
  }
  return measured;
}

void learn_tick(const Conversation& conversation, HalfFlow& half, std::uint32_t value,
                Instant now) noexcept {
  const Instant anchor = conversation.first_seen + half.ts_anchor_age.nanos();
  const std::uint32_t ticks = value - half.ts_anchor;
  if (now - anchor < kTickSpan || ticks < kTickCount) return;
  half.ts_tick = ShortSpan{snap_tick((now - anchor) / ticks)};
}

// The sender echoes the receiver's TSval with the first data the ACK lets out: the time from our
// seeing one to our seeing the other is the near leg. Only an exact echo counts.
void sample_near(HalfFlow& half, const Segment& segment, Instant now, Observation& seen) noexcept {
  if (!half.near_mark_set || timestamp_before(segment.options.ts_echo, half.near_mark)) return;
  half.near_mark_set = false;
  if (segment.options.ts_echo != half.near_mark || segment.payload_length == 0) return;
  seen.has_near_rtt = true;
  seen.near_rtt = now - half.near_mark_at;
  fold_rtt(half.near, seen.near_rtt);
}

}  // namespace

void fold_timestamps(Conversation& conversation, Side from, const Segment& segment, Instant now,
                     Observation& seen) noexcept {
  HalfFlow& half = conversation.half(from);
  HalfFlow& reverse = conversation.half(opposite(from));
  const TcpOptions& options = segment.options;
  if (!options.has_timestamps || (!half.timestamps && half.scale_known)) return;

  const bool first = half.ts_anchor == 0 && half.ts_value == 0;
  const bool fresh = first || !timestamps_comparable(conversation, now);
  seen.late_timestamp = !fresh && timestamp_before(options.ts_value, half.ts_value);
  const bool newer = fresh || timestamp_before(half.ts_value, options.ts_value);
  if (newer) half.ts_value = options.ts_value;
  half.timestamps = true;
  if (first) {
    half.ts_anchor = options.ts_value;
    half.ts_anchor_age = ShortSpan{now - conversation.first_seen};
  } else if (half.ts_tick.is_zero() && newer) {
    learn_tick(conversation, half, options.ts_value, now);
  }

  // An echo of what was never sent is a guess, and would make PAWS refuse honest segments.
  if (!segment.flags.ack || !reverse.timestamps ||
      timestamp_before(reverse.ts_value, options.ts_echo))
    return;
  if (!half.echo_known || timestamp_before(half.ts_echo, options.ts_echo))
    half.ts_echo = options.ts_echo;
  half.echo_known = true;
  sample_near(half, segment, now, seen);

  // Times the ACK that moves the window, the one the sender answers at once when it has data.
  const bool clocks_data = segment.is_pure_ack() && segment.ack > reverse.una &&
                           segment.ack < reverse.nxt && reverse.window != 0;
  if (newer && clocks_data && !reverse.near_mark_set) {
    reverse.near_mark = options.ts_value;
    reverse.near_mark_at = now;
    reverse.near_mark_set = true;
  }
}

}  // namespace gimbal
