#include "shaper/custody.h"

#include <algorithm>

namespace gimbal {

namespace {
/// A sender with fewer segments out than this hears of each one: its window is small, and opens by
/// what it hears.
constexpr std::uint32_t kFewSegments = 4;
/// Window updates while the sender has room to spare come this many segments at a time.
constexpr std::uint32_t kOpeningStep = 8;
}  // namespace

void Custodian::on_data(const Segment& segment, bool kept, bool next) noexcept {
  if (!seen_data_) {
    seen_data_ = true;
    newest_ = uncached_ = segment.seq;
  }
  if (!kept || segment.flags.urg) {
    uncached_ = segment.end();
  } else if (!next) {
    uncached_ = segment.seq;
  }
  if (segment.payload_length == 0) return;
  newest_ = segment.seq;
  covered_ts_ = newest_ts_;
  newest_ts_ = segment.options.ts_value;
}

void Custodian::on_ack(const Segment& segment, Instant now) noexcept {
  heard_at_ = now;
  if (!seen_ack_) peer_seq_ = segment.end();
  seen_ack_ = true;
  if (segment.end() < peer_seq_) return;
  peer_seq_ = segment.end();
  ece_ = segment.flags.ece;
  cwr_ = segment.flags.cwr;
  ae_ = segment.flags.ae;
}

std::uint32_t Custodian::units(Seq32 ack, Seq32 edge) const noexcept {
  const std::int32_t span = edge - ack;
  return span <= 0 ? 0 : static_cast<std::uint32_t>(span) >> terms_.window_scale;
}

std::optional<EarlyAck> Custodian::plan(const CustodyView& view) noexcept {
  if (!seen_data_ || !terms_.possible) return std::nullopt;
  Seq32 ack = max(view.shown_ack, view.una);
  const Seq32 edge = max(view.shown_edge, min(view.reach, terms_.right_edge));
  if (view.may_claim && view.una >= uncached_) {
    ack = max(ack, claim_end(view, edge));
  } else {
    stock_.rest();
  }
  const std::uint32_t unit = 1U << terms_.window_scale;
  std::uint32_t window = units(ack, edge);
  if (ack + window * unit < view.shown_edge) {
    // Rounding down would retreat. Rounding up would promise what the receiver did not: then a few
    // bytes less are acknowledged, so that the sum is exact.
    ++window;
    if (ack + window * unit > terms_.right_edge) ack = view.shown_edge - window * unit;
  }
  if (ack < view.shown_ack) return std::nullopt;
  const auto claimed = static_cast<std::uint32_t>(ack - view.shown_ack);
  const std::int32_t opened = (ack + window * unit) - view.shown_edge;
  const bool few = view.nxt - view.shown_ack <= static_cast<std::int32_t>(kFewSegments * view.mss);
  const bool starved = view.shown_edge - view.nxt < static_cast<std::int32_t>(2 * view.mss);
  const std::uint32_t worth = (starved ? 2 : kOpeningStep) * view.mss;
  const auto most = static_cast<std::uint32_t>(max(terms_.right_edge, view.una) - view.una);
  const bool claims = claimed > 0 && (few || starved || claimed >= 2 * view.mss);
  const bool opens = opened > 0 && static_cast<std::uint32_t>(opened) >= std::min(worth, most / 2);
  if (!claims && !opens && !answer_due_) return std::nullopt;
  answer_due_ = false;
  return compose(ack, static_cast<std::uint16_t>(std::min<std::uint32_t>(window, UINT16_MAX)));
}

Seq32 Custodian::claim_end(const CustodyView& view, Seq32 edge) noexcept {
  if (!view.stocked) {
    stock_.rest();
    return newest_;
  }
  return stock_.end({newest_, view.kept, view.next, edge - view.nxt, view.mss, answer_due_,
                     view.data_at, terms_.near_rtt.nanos(), view.now});
}

EarlyAck Custodian::compose(Seq32 ack, std::uint16_t window) noexcept {
  // Of segments further back nothing is kept: what was echoed before is older, as RFC 7323 4.3
  // allows for.
  const bool latest = newest_ - ack < 1 << terms_.window_scale;
  const std::uint32_t earlier = echoed_ts_ == 0 ? terms_.ts_echo : echoed_ts_;
  const std::uint32_t covered = ack > newest_ ? newest_ts_ : latest ? covered_ts_ : earlier;
  const bool newer = static_cast<std::int32_t>(covered - terms_.ts_echo) > 0;
  EarlyAck early;
  early.seq = peer_seq();
  early.ack = ack;
  early.window = window;
  early.has_timestamps = terms_.timestamps;
  early.ts_value = terms_.ts_value;
  early.ts_echo = echoed_ts_ = newer ? covered : terms_.ts_echo;
  early.ece = ece_;
  early.cwr = cwr_;
  early.ae = ae_;
  return early;
}

}  // namespace gimbal
