#include <algorithm>

#include "sim/payload.h"
#include "sim/sender.h"

namespace gimbal::sim {

std::uint32_t Sender::clock_ms() const noexcept {
  return static_cast<std::uint32_t>(loop_.now().ns() / 1'000'000) + 1;
}

Segment Sender::header(Seq32 seq) const {
  Segment segment;
  segment.source = config_.local;
  segment.destination = config_.remote;
  segment.seq = seq;
  segment.ack = remote_next_;
  segment.flags.ack = true;
  segment.window = 501;
  segment.options.has_timestamps = stamps_;
  if (stamps_) {
    segment.options.ts_value = clock_ms();
    segment.options.ts_echo = ts_recent_;
  }
  return segment;
}

void Sender::send_bare(bool syn) {
  Segment segment =
      header(syn ? config_.initial_seq
                 : config_.initial_seq + 1 + static_cast<std::uint32_t>(board_.next()));
  segment.flags.syn = syn;
  if (syn) {
    segment.window = 64240;
    segment.options.mss = config_.mss;
    segment.options.sack_permitted = selective_;
    segment.options.has_window_scale = scaling_;
    segment.options.window_scale = scaling_ ? std::uint8_t{7} : std::uint8_t{0};
  }
  out_(encode(segment, {}));
}

void Sender::send_window_probe() {
  // One byte already acknowledged: the answer carries the window.
  out_(encode(header(config_.initial_seq + static_cast<std::uint32_t>(board_.una())), {}));
}

void Sender::transmit(const Outstanding& piece) {
  Segment segment = header(config_.initial_seq + 1 + static_cast<std::uint32_t>(piece.range.start));
  const std::uint64_t bytes = piece.range.end - piece.range.start - (piece.fin ? 1U : 0U);
  segment.flags.fin = piece.fin;
  segment.flags.psh = piece.fin || piece.range.end == config_.stream_bytes;
  ++figures_.sent_segments;
  note_paced(static_cast<std::uint32_t>(bytes));
  out_(encode(segment, stream_bytes(piece.range.start, bytes)));
}

void Sender::offer(std::uint64_t bytes) {
  config_.stream_bytes += bytes;
  if (established_) pump();
}

void Sender::pump() {
  if (state_ >= State::recovery && resend_ == Resend::lost) resend_lost();
  send_fresh();
  close_burst();
}

void Sender::resend(Outstanding& segment) {
  board_.mark_sent_again(segment, loop_.now());
  sampler_.stamp(segment, false, board_.delivered(), loop_.now());
  ++figures_.retransmissions;
  if (!any_resent_since_) {
    any_resent_since_ = true;
    first_resent_ms_ = clock_ms();
  }
  if (undo_owed_ < 0) undo_owed_ = 0;
  ++undo_owed_;
  transmit(segment);
}

void Sender::resend_lost() {
  while (board_.in_flight() < congestion_.window() && !pacing_holds()) {
    Outstanding* segment = board_.next_lost();
    if (segment == nullptr) return;
    resend(*segment);
    if (state_ == State::recovery || state_ == State::reduced) ++reduction_sent_;
    if (segment == &board_.head() || pending_ == Timeout::none) set_timer(loop_.now());
  }
}

void Sender::send_fresh() {
  bool sent = false;
  while (board_.in_flight() < congestion_.window() && !pacing_holds()) {
    if (!send_next_fresh()) break;
    sent = true;
    if (state_ == State::recovery || state_ == State::reduced) ++reduction_sent_;
  }
  if (board_.empty()) return wait_for_window();
  note_window_use(board_.in_flight() >= congestion_.window());
  if (sent && (pending_ == Timeout::none || pending_ >= Timeout::probe)) set_timer(loop_.now());
}

bool Sender::send_next_fresh() {
  if (fin_sent_ || board_.next() - board_.una() + payload_max_ > config_.send_buffer) {
    note_application_limit();
    return false;
  }
  const std::uint64_t left =
      closing_ || board_.next() >= config_.stream_bytes ? 0 : config_.stream_bytes - board_.next();
  const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, payload_max_));
  const bool fin = left == 0;
  if (fin && !closing_ && (config_.keep_open || config_.stream_bytes == UINT64_MAX)) {
    note_application_limit();
    return false;
  }
  const std::uint32_t length = fin ? 1 : bytes;
  if (static_cast<std::int64_t>(window_edge_ - (board_.next() + length)) < 0) return false;
  fin_sent_ = fin;
  const bool idle = board_.empty();
  if (idle && bbr_ && sampler_.app_limited()) bbr_->on_restart(loop_.now());
  Outstanding& segment = board_.append(length, fin, loop_.now());
  sampler_.stamp(segment, idle, board_.delivered(), loop_.now());
  transmit(segment);
  return true;
}

void Sender::note_window_use(bool limited) {
  if (board_.una() >= usage_end_ || limited || (!window_limited_ && board_.packets() > most_out_)) {
    window_limited_ = limited;
    most_out_ = board_.packets();
    usage_end_ = board_.next();
  }
}

bool Sender::window_limits() const noexcept {
  if (window_limited_) return true;
  return congestion_.in_slow_start() && congestion_.window() < 2 * most_out_;
}

void Sender::set_timer(Instant since) {
  if (pending_ == Timeout::reorder && timer_.armed()) return;
  if (board_.empty()) return wait_for_window();
  const Nanos timeout =
      min(rtt_.timeout() * (std::int64_t{1} << std::min(backoff_, 10U)), Nanos::seconds(120));
  const Instant expiry = max(since + timeout, loop_.now() + Nanos::millis(1));
  const bool may_probe = selective_ && state_ <= State::reduced && state_ != State::disorder &&
                         probe_end_ == 0 && backoff_ == 0;
  if (may_probe) {
    const Nanos slack = board_.packets() == 1 ? Nanos::millis(200) : Nanos::millis(2);
    const Instant probe = loop_.now() + rtt_.smoothed() * 2 + slack;
    if (probe < expiry) {
      pending_ = Timeout::probe;
      timer_.arm(probe);
      return;
    }
  }
  pending_ = Timeout::retransmit;
  timer_.arm(expiry);
}

void Sender::wait_for_window() {
  pending_ = Timeout::none;
  timer_.disarm();
  if (finished_ || fin_sent_) return;
  if (config_.keep_open && !closing_ && board_.next() >= config_.stream_bytes) return;
  // The window is closed with data waiting: ask again after a timeout (RFC 9293 3.8.6.1).
  pending_ = Timeout::persist;
  timer_.arm(loop_.now() + rtt_.timeout() * (std::int64_t{1} << std::min(backoff_, 10U)));
}

void Sender::on_timer() {
  const Timeout what = pending_;
  pending_ = Timeout::none;
  if (what == Timeout::handshake) return established_ ? void() : answer_syn();
  if (what == Timeout::persist) {
    ++backoff_;
    send_window_probe();
    return wait_for_window();
  }
  if (board_.empty()) return;
  switch (what) {
    case Timeout::reorder:
      return on_reorder_timeout();
    case Timeout::probe:
      return on_probe_timeout();
    case Timeout::retransmit:
      return on_retransmit_timeout();
    default:
      return;
  }
}

void Sender::on_reorder_timeout() {
  const Nanos left = detect_losses();
  if (board_.lost() > 0 && state_ < State::recovery) {
    enter_recovery();
    Delivery one;
    one.delivered = 1;
    if (!bbr_) reduce(one, 1);
  }
  resend_ = Resend::lost;
  pump();
  if (left > Nanos{}) {
    pending_ = Timeout::reorder;
    timer_.arm(loop_.now() + left + Nanos::millis(2));
  } else if (pending_ == Timeout::none) {
    set_timer(board_.head().sent);
  }
}

void Sender::on_probe_timeout() {
  ++figures_.tail_probes;
  probe_was_copy_ = !send_next_fresh();
  if (probe_was_copy_) resend(board_.tail());
  probe_end_ = board_.next();
  set_timer(board_.head().sent);
}

void Sender::on_retransmit_timeout() {
  ++figures_.timeouts;
  ++backoff_;
  if (state_ <= State::disorder || board_.una() >= recovery_point_) {
    prior_window_ = congestion_.window();
    prior_threshold_ = congestion_.threshold();
    congestion_.set_threshold(congestion_.cut_threshold());
    begin_undo_watch();
    frto_ = true;
  } else if (state_ != State::loss) {
    congestion_.set_threshold(congestion_.cut_threshold());
    begin_undo_watch();
    frto_ = true;
  }
  if (bbr_) bbr_->save_window(congestion_.window());
  congestion_.reset();
  if (!selective_) board_.forget_duplicates();
  const Outstanding* head = &board_.head();
  const Nanos tolerance = rack_.newest_rtt() + reorder_window();
  board_.mark_timeout([&](const Outstanding& segment) {
    return &segment != head && loop_.now() - segment.sent < tolerance;
  });
  state_ = State::loss;
  if (bbr_) bbr_->on_timeout(bbr_facts(), loop_.now());
  recovery_point_ = board_.next();
  congestion_.set_window(board_.in_flight() + 1);
  probe_end_ = 0;
  resend_ = Resend::lost;
  resend(board_.head());
  pump();
  set_timer(loop_.now());
}

}  // namespace gimbal::sim
