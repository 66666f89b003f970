// A peer without SACK: duplicate ACKs are counted instead (RFC 6582, as Linux does it).

#include "sim/sender.h"

namespace gimbal::sim {

void Sender::fold_duplicates(Delivery& news, bool duplicate) {
  if (news.una_advanced) {
    if (board_.settle_duplicates(news)) rack_.observe_reordering(board_.packets() + news.acked);
    // One copy among what was acknowledged, and nothing proves an original came by itself.
    if (news.resent_acked) news.original_delivered = false;
  }
  bool count = duplicate;
  if (state_ == State::recovery) {
    count = duplicate && !news.una_advanced;
  } else if (state_ == State::loss) {
    count = duplicate && board_.next() > recovery_point_;
    if (!count && news.una_advanced) board_.forget_duplicates();
    if (count) frto_ = false;
  } else if (news.una_advanced) {
    board_.forget_duplicates();
  }
  if (!count) return;
  if (!board_.count_duplicate()) rack_.observe_reordering(board_.packets());
  ++news.delivered;
}

void Sender::mark_head_lost(const Delivery& news) {
  if (board_.empty() || board_.head().lost) return;
  const bool third = state_ < State::recovery && board_.sacked() >= rack_.reordering();
  const bool partial = state_ == State::recovery && news.una_advanced;
  if (third || partial) board_.mark_lost(board_.head());
}

}  // namespace gimbal::sim
