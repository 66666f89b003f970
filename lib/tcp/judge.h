#pragma once

#include "base/time.h"
#include "tcp/conversation.h"
#include "tcp/tracker.h"
#include "wire/segment.h"

namespace gimbal {

/// Whether a segment may be believed, and the state the connection is in if it is. Internal to
/// lib/tcp; `observe` asks before it folds anything.
struct Judgement {
  TcpState next{TcpState::unexpected};
  SegmentKind refused_as{SegmentKind::unexpected};  ///< Meaningful when not `acceptable`.
  bool acceptable{false};
};

/// Pure decision over a conversation whose state is not `closed`.
[[nodiscard]] Judgement judge(const Conversation& conversation, Side from, const Segment& segment,
                              Instant now) noexcept;

/// What the flags of `segment` are to the state table, its FIN aside: an acknowledgment that covers
/// the other side's FIN is told apart by `conversation`.
[[nodiscard]] SegmentEvent classify_event(const Conversation& conversation, Side from,
                                          const Segment& segment) noexcept;

/// True when the sender's timestamps can still be compared with the ones seen before: a microsecond
/// clock turns over its sign after 36 silent minutes (RFC 7323 5.5 counts 24 days for
/// milliseconds).
[[nodiscard]] bool timestamps_comparable(const Conversation& conversation, Instant now) noexcept;

/// True when TSval `a` was sent before `b`, on the circle of 2^32 (RFC 7323 5.2).
[[nodiscard]] constexpr bool timestamp_before(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b) < 0;
}

}  // namespace gimbal
