#include <algorithm>

#include "sim/sender.h"

namespace gimbal::sim {

void Sender::learn_reordering(const Delivery& news) {
  if (!news.reordered) return;
  const std::uint64_t distance = board_.highest_sacked() - news.lowest_reordered;
  rack_.observe_reordering(
      static_cast<std::uint32_t>((distance + payload_max_ - 1) / payload_max_));
}

Nanos Sender::reorder_window() const noexcept {
  return rack_.window(state_ >= State::recovery, board_.sacked(), rtt_);
}

Nanos Sender::detect_losses() { return rack_.mark_losses(board_, reorder_window(), loop_.now()); }

void Sender::judge_tail_probe(const Delivery& news, std::uint64_t ack, bool dsacked) {
  if (ack < probe_end_) return;
  if (!probe_was_copy_ || dsacked) {
    probe_end_ = 0;
  } else if (ack > probe_end_) {
    // The probe itself repaired a loss: answer it as congestion.
    probe_end_ = 0;
    if (state_ < State::reduced) {
      begin_reduction();
      state_ = State::reduced;
      recovery_point_ = board_.next();
    }
  } else if (!news.una_advanced && !dsacked) {
    probe_end_ = 0;
  }
}

void Sender::judge(const Delivery& news, const LossCount& before, bool dsacked) {
  resend_ = Resend::lost;
  const bool suspicious = board_.sacked() > 0 || dsacked || news.newly_sacked > 0 ||
                          state_ != State::open || board_.lost() > 0;
  if (suspicious) {
    judge_recovery(news);
  }
  const std::uint32_t newly_lost = board_.lost() > before.lost ? board_.lost() - before.lost : 0;
  if (bbr_) {
    steer_by_rate(news, static_cast<std::uint32_t>(board_.loss_marks() - before.marks));
  } else if (state_ == State::reduced || state_ == State::recovery) {
    reduce(news, newly_lost);
  } else {
    const bool progress = rack_.reordering() > 3 ? news.delivered > 0 : news.data_acked;
    if (progress && window_limits()) congestion_.grow(news.delivered, loop_.now());
  }
  pump();
}

void Sender::judge_recovery(const Delivery& news) {
  const std::uint64_t una = board_.una();
  if (state_ != State::open && una >= recovery_point_) {
    switch (state_) {
      case State::reduced:
        if (una > recovery_point_) {
          end_reduction();
          state_ = State::open;
        }
        break;
      case State::recovery:
        if (!selective_) {
          board_.forget_duplicates();
          // Late copies would look like a new loss: hold until something newer is acknowledged.
          if (una == recovery_point_) return;
        }
        if (try_undo_recovery()) break;
        end_reduction();
        break;
      default:
        break;
    }
  }
  if (state_ == State::loss) {
    judge_loss(news);
    if (state_ == State::loss) {
      if (rack_.take_advanced()) static_cast<void>(detect_losses());
      return;
    }
  }
  if (state_ == State::recovery && news.una_advanced && undo_watch_ && delayed_not_lost()) {
    // Partial ACK answering an original: the hole was late, not lost (Eifel).
    rack_.observe_reordering(0);
    resend_ = Resend::fresh;
    if (board_.resent() > 0) return;
    undo(true);
    state_ = State::open;
  }
  // A D-SACK for every copy undoes the cut, even one that comes after the recovery has ended.
  if (undo_watch_ && undo_owed_ == 0 && state_ != State::reduced) {
    undo(false);
    if (state_ == State::recovery) state_ = State::disorder;
  }
  if (!selective_) mark_head_lost(news);
  if (rack_.take_advanced()) {
    const Nanos left = detect_losses();
    if (left > Nanos{}) {
      pending_ = Timeout::reorder;
      timer_.arm(loop_.now() + left + Nanos::millis(2));
    }
  }
  if (state_ == State::recovery || state_ == State::reduced) {
    if (state_ == State::reduced && board_.lost() > 0) enter_recovery();
    return;
  }
  if (board_.lost() > 0) return enter_recovery();
  state_ = board_.sacked() > 0 ? State::disorder : State::open;
  if (state_ == State::open) recovery_point_ = una;
}

void Sender::judge_loss(const Delivery& news) {
  const bool recovered = board_.una() >= recovery_point_;
  if (news.una_advanced && may_undo()) {
    undo(true);
    state_ = State::open;
    frto_ = false;
    return;
  }
  if (frto_) {
    // RFC 5682 3.b: an ACK for data never resent says the timeout was spurious.
    if (news.original_delivered) {
      undo(true);
      state_ = State::open;
      frto_ = false;
      return;
    }
    if (board_.next() > recovery_point_) {
      if (news.newly_sacked > 0) frto_ = false;
    } else if (news.una_advanced && !recovered) {
      recovery_point_ = board_.next();
      resend_ = Resend::fresh;
      return;
    }
  }
  if (!recovered) return;
  static_cast<void>(try_undo_recovery());
  state_ = State::open;
  frto_ = false;
}

void Sender::begin_undo_watch() {
  undo_watch_ = true;
  undo_mark_ = board_.una();
  // Retransmissions still out from before would need D-SACKs of their own.
  undo_owed_ = board_.resent() > 0 ? std::int64_t{board_.resent()} : -1;
  any_resent_since_ = false;
}

void Sender::enter_recovery() {
  ++figures_.recoveries;
  begin_undo_watch();
  if (state_ < State::reduced) begin_reduction();
  state_ = State::recovery;
  recovery_point_ = board_.next();
}

void Sender::begin_reduction() {
  reduction_window_ = prior_window_ = congestion_.window();
  prior_threshold_ = std::max(congestion_.threshold(), congestion_.window() * 3 / 4);
  reduction_delivered_ = reduction_sent_ = 0;
  congestion_.set_threshold(congestion_.cut_threshold());
  if (bbr_) bbr_->save_window(congestion_.window());
}

void Sender::reduce(const Delivery& news, std::uint32_t newly_lost) {
  if (news.delivered == 0 || reduction_window_ == 0) return;
  // Proportional Rate Reduction, RFC 6937 with slow-start reduction bound.
  reduction_delivered_ += news.delivered;
  const std::int64_t delta =
      std::int64_t{congestion_.threshold()} - std::int64_t{board_.in_flight()};
  std::int64_t quota = 0;
  if (delta < 0) {
    quota =
        static_cast<std::int64_t>((std::uint64_t{congestion_.threshold()} * reduction_delivered_ +
                                   reduction_window_ - 1) /
                                  reduction_window_) -
        reduction_sent_;
  } else {
    quota = std::max<std::int64_t>(std::int64_t{reduction_delivered_} - reduction_sent_,
                                   news.delivered);
    if (news.una_advanced && newly_lost == 0) ++quota;
    quota = std::min(delta, quota);
  }
  quota = std::max<std::int64_t>(quota, reduction_sent_ == 0 ? 1 : 0);
  congestion_.set_window(static_cast<std::uint32_t>(board_.in_flight() + quota));
}

void Sender::end_reduction() {
  if (!bbr_ && congestion_.threshold() < Congestion::kUnlimited &&
      (state_ == State::reduced || undo_watch_))
    congestion_.set_window(congestion_.threshold());
  if (state_ == State::recovery) rack_.recovery_ended();
  state_ = State::open;
}

bool Sender::delayed_not_lost() const noexcept {
  return stamps_ && any_resent_since_ &&
         static_cast<std::int32_t>(echoed_ms_ - first_resent_ms_) < 0;
}

bool Sender::may_undo() const noexcept {
  return undo_watch_ && (undo_owed_ == 0 || delayed_not_lost());
}

void Sender::undo(bool unmark) {
  ++figures_.undos;
  if (unmark) board_.unmark_losses();
  if (bbr_)
    bbr_->on_undo();
  else
    congestion_.set_window(std::max(congestion_.window(), prior_window_));
  congestion_.set_threshold(std::max(congestion_.threshold(), prior_threshold_));
  undo_watch_ = false;
  rack_.look_again();
}

bool Sender::try_undo_recovery() {
  if (!may_undo()) return false;
  undo(state_ == State::loss);
  rack_.recovery_ended();
  state_ = State::open;
  return true;
}

}  // namespace gimbal::sim
