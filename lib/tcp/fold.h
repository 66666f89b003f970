#pragma once

#include "base/time.h"
#include "tcp/conversation.h"
#include "tcp/tracker.h"
#include "wire/segment.h"

namespace gimbal {

/// The parts of `observe`: each folds one aspect of an acceptable segment into the conversation and
/// says in `seen` what it found. Internal to lib/tcp, called in the order of this file.

/// First packet of a flow without its handshake: takes its numbers as they are.
void fold_midstream(Conversation& conversation, Side from, const Segment& segment) noexcept;

/// The SYN's own half: numbers, options offered, timing of the handshake.
void fold_syn(Conversation& conversation, Side from, const Segment& segment, Instant now,
              Observation& seen) noexcept;

/// TSval, TSecr, the length of a tick, and near-leg samples.
void fold_timestamps(Conversation& conversation, Side from, const Segment& segment, Instant now,
                     Observation& seen) noexcept;

/// Acknowledgment, window and SACK, which speak about the other side's data.
void fold_ack(Conversation& conversation, Side from, const Segment& segment, Instant now,
              Observation& seen) noexcept;

/// Payload and FIN.
void fold_payload(Conversation& conversation, Side from, const Segment& segment, Instant now,
                  Observation& seen) noexcept;

/// Adds one sample (RFC 6298 2.2, 2.3: gain 1/8).
void fold_rtt(RttEstimate& estimate, Nanos sample) noexcept;

}  // namespace gimbal
