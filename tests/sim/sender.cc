#include "sim/sender.h"

#include <algorithm>
#include <array>

namespace gimbal::sim {

Sender::Sender(Loop& loop, const SenderConfig& config, Sink out)
    : loop_{loop},
      config_{config},
      out_{std::move(out)},
      congestion_{config.algorithm, config.paced},
      timer_{loop, [this] { on_timer(); }},
      pace_timer_{loop, [this] {
                    resend_ = Resend::lost;
                    pump();
                  }} {}

void Sender::hear(const Segment& segment) {
  if (finished_) return;
  if (segment.flags.rst) {
    finished_ = true;
    timer_.disarm();
    return;
  }
  if (segment.flags.syn) return hear_syn(segment);
  if (!segment.flags.ack || listening_) return;
  // RFC 7323 5.3: a timestamp from the past is an old duplicate; answered, not believed.
  if (stamps_ && static_cast<std::int32_t>(segment.options.ts_value - ts_recent_) < 0)
    return send_bare(false);
  if (stamps_ && segment.seq <= remote_next_) ts_recent_ = segment.options.ts_value;
  hear_ack(segment);
  if (segment.flags.fin) hear_fin(segment);
}

void Sender::hear_syn(const Segment& segment) {
  if (established_) return;
  listening_ = false;
  remote_next_ = segment.seq + 1;
  stamps_ = segment.options.has_timestamps;
  selective_ = segment.options.sack_permitted;
  scaling_ = segment.options.has_window_scale;
  remote_scale_ = scaling_ ? segment.options.window_scale : std::uint8_t{0};
  ts_recent_ = segment.options.ts_value;
  const std::uint16_t mss = segment.options.mss == 0 ? std::uint16_t{536} : segment.options.mss;
  payload_max_ = std::min(mss, config_.mss) - (stamps_ ? 12U : 0U);
  answer_syn();
}

void Sender::answer_syn() {
  ++syn_copies_;
  syn_sent_ = loop_.now();
  send_bare(true);
  pending_ = Timeout::handshake;
  timer_.arm(loop_.now() + Nanos::seconds(1));
}

void Sender::hear_fin(const Segment& segment) {
  if (segment.seq + segment.payload_length != remote_next_) return;
  remote_next_ += 1;
  send_bare(false);
}

std::uint64_t Sender::stream_offset(Seq32 ack) const noexcept {
  const Seq32 una = config_.initial_seq + 1 + static_cast<std::uint32_t>(board_.una());
  return board_.una() + static_cast<std::uint64_t>(static_cast<std::int64_t>(ack - una));
}

void Sender::hear_ack(const Segment& segment) {
  if (!established_) {
    if (segment.ack != config_.initial_seq + 1) return;
    established_ = true;
    window_seq_ = segment.seq;
    timer_.disarm();
    if (syn_copies_ == 1) rtt_.observe(loop_.now() - syn_sent_, loop_.now() - syn_sent_);
    begin_rate_model();
  }
  const std::uint64_t ack = stream_offset(segment.ack);
  // Signed: an old ACK lies "before" una by wrap-around of the difference.
  const auto ahead = static_cast<std::int64_t>(ack - board_.una());
  if (ahead < 0 || ack > board_.next()) return;
  const bool window_news = take_window(segment, ack, board_.una());

  std::array<Range, 4> blocks;
  const std::size_t held = read_blocks(segment, ack, blocks);
  const bool dsacked = held < segment.options.sack_count;
  const LossCount before{board_.lost(), board_.loss_marks()};
  prior_in_flight_ = board_.in_flight();
  echoed_ms_ = segment.options.ts_echo;
  Delivery news = board_.acknowledge(ack, std::span{blocks}.first(held), recovery_point_,
                                     loop_.now(), [this](const Outstanding& s, Instant now) {
                                       if (selective_) rack_.observe(s, rtt_.minimum(), now);
                                       sampler_.observe(s);
                                     });
  take_rtt(news);
  if (news.una_advanced) backoff_ = 0;
  if (selective_)
    learn_reordering(news);
  else
    fold_duplicates(news, !news.una_advanced && !window_news && segment.payload_length == 0 &&
                              !segment.flags.fin && !board_.empty());
  if (probe_end_ != 0) judge_tail_probe(news, ack, dsacked);
  rack_.settle(news, board_.delivered());
  judge(news, before, dsacked);
  // SACKs of what was sent before the head went out again prove the path alive; later ones would
  // put off the timeout of the head for ever.
  const bool head_waits = news.sack_rtt != Nanos::max() && !board_.empty() &&
                          news.sack_rtt > loop_.now() - board_.head().sent;
  if (news.una_advanced || head_waits) set_timer(loop_.now());
  if (fin_sent_ && board_.empty()) {
    finished_ = true;
    timer_.disarm();
  }
}

bool Sender::take_window(const Segment& segment, std::uint64_t ack, std::uint64_t una) {
  const std::uint64_t window = std::uint64_t{segment.window} << remote_scale_;
  // Linux tcp_may_update_window: progress, newer data, or a wider (or closed) window.
  const bool newer = segment.seq > window_seq_;
  const bool wider = segment.seq == window_seq_ && (window > window_ || window == 0);
  if (ack <= una && window_ != 0 && !newer && !wider) return false;
  window_seq_ = segment.seq;
  window_ = window;
  window_edge_ = ack + window;
  return true;
}

std::size_t Sender::read_blocks(const Segment& segment, std::uint64_t ack,
                                std::array<Range, 4>& blocks) {
  std::size_t held = 0;
  Range first{};
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    const SackBlock& block = segment.options.sack[i];
    const std::uint64_t start = stream_offset(block.start);
    const Range range{start, start + static_cast<std::uint32_t>(block.end - block.start)};
    // RFC 2883: the first block below the cumulative ACK, or inside the second, is a D-SACK.
    const bool below = static_cast<std::int64_t>(range.start - ack) < 0;
    if (i == 0) first = range;
    if (below) {
      if (i == 0) take_dsack(range);
      continue;
    }
    if (i == 1 && held == 1 && first.start >= range.start && first.end <= range.end) {
      take_dsack(first);
      held = 0;
    }
    blocks[held++] = range;
  }
  return held;
}

void Sender::take_dsack(Range range) {
  // Linux tcp_dsack_seen: more reports than retransmissions are a lie, or another's doing.
  const std::uint64_t segments = (range.end - range.start + payload_max_ - 1) / payload_max_;
  dsack_reports_ += std::max<std::uint64_t>(segments, 1);
  if (dsack_reports_ > figures_.retransmissions) return;
  if (probe_end_ == 0) rack_.observe_dsack();
  if (!undo_watch_ || undo_owed_ <= 0) return;
  const bool of_this_recovery = static_cast<std::int64_t>(range.end - undo_mark_) > 0;
  if (of_this_recovery) --undo_owed_;
}

void Sender::take_rtt(const Delivery& news) {
  Nanos first = news.rtt;
  Nanos newest = news.newest_rtt;
  if (first == Nanos::max()) first = newest = news.sack_rtt;
  if (first == Nanos::max()) {
    // Only copies were acknowledged: the echoed timestamp says which one (RFC 7323 4).
    if (!news.una_advanced || !stamps_) return;
    first = newest = Nanos::millis(std::max(1U, clock_ms() - echoed_ms_));
  }
  rtt_.observe(first, newest);
  if (on_rtt) on_rtt(newest);
  congestion_.observe_rtt(newest, board_.una(), board_.next(), loop_.now());
}

void Sender::close() {
  closing_ = true;
  if (established_) pump();
}

}  // namespace gimbal::sim
