// What an acknowledgment taught us, and how much may be in flight because of it.

#include "shaper/repair.h"

#include <algorithm>
#include <utility>

namespace gimbal {

void Repair::credit_undo(std::uint32_t losses, std::uint8_t batch) noexcept {
  spurious_recently_ += losses;
  pattern_.forgive(losses);
  crowd_.forgive(losses);
  if (undo_credits_ == 0 || losses == 0 || batch != undo_batch_) return;
  undo_credits_ -= std::min(undo_credits_, losses);
  undo_due_ = undo_credits_ == 0;
}

void Repair::undo_if_proven() noexcept {
  // Others may have been lost since, for good.
  if (!undo_due_ || pattern_.suspicious()) return;
  undo_due_ = false;
  counters_->add(Counter::congestion_undone);
  cubic_.undo(!path_.raised());
}

void Repair::note_outage(Instant now) noexcept {
  if (flight_.pipe() == 0 || !path_.has_samples()) return;
  const Nanos silence = now - flight_.last_delivery();
  if (silence < path_.smoothed() + path_.variation() * 4 + limits_->outage_least) return;
  counters_->add(Counter::outages);
  outage_end_ = now;
}

void Repair::learn(const AckNews& news, const Segment& segment, Instant now) noexcept {
  Evidence evidence;
  if (flight_.has_hole()) shaken_ = true;
  for (const Nanos rtt : news.rtt) {
    // It spent the outage on its way: it says nothing of the path.
    if (now - rtt < outage_end_) continue;
    // HyStart's own threshold: an eighth of the least delay, 4 to 16 ms (tcp_cubic.c).
    const Nanos least = path_.least();
    const Nanos margin = min(max(least / 8, limits_->hystart_least), limits_->hystart_most);
    const Nanos rise = latest_rtt_ > Nanos{} ? rtt - latest_rtt_ : rtt - least;
    shaken_ |= path_.has_samples() && rtt > least + margin && rise >= margin / 2;
    latest_rtt_ = rtt;
    evidence.round_closed |= path_.add(rtt, now);
    counters_->add(Counter::rtt_samples);
  }
  // A lone tail may wait for a delayed ACK: that says nothing of the path.
  if (!news.rtt.empty() && !(flight_.pipe() == 0 && news.delivered_segments == 1))
    judge_.sample(news.rtt[0], rate_.time_for(news.delivered_bytes), path_, now);
  for (const Nanos late : news.lateness) reorder_.add(late);
  // After an outage copies sent by timers and the originals it held up arrive in any order: that is
  // no habit of the path.
  if (now - outage_end_ > path_.smoothed() * 2)
    disorder_ = static_cast<std::uint8_t>(
        std::min<std::size_t>(disorder_ + news.lateness.size(), kDisorderHabit));
  counters_->add(Counter::holes_filled_late, news.late_originals);
  credit_undo(news.lost_in_error, news.error_batch);
  if (news.rate_span > Nanos{}) {
    rate_ = BitRate::of(static_cast<std::int64_t>(news.rate_bytes), news.rate_span);
    peak_.add(rate_);
  }
  if (probes_ > 0 && news.delivered_resent) probe_delay_ = probe_delay_ / 2;  // It was needed.
  if (news.delivered_segments > 0) probes_ = 0;
  evidence.delivered_segments = news.delivered_segments;
  evidence.late_originals = news.late_originals;
  evidence.lost_in_error = news.lost_in_error;
  evidence.resent_by_sender = std::exchange(resent_into_hole_, std::uint8_t{0});
  evidence.congestion_echo = segment.flags.ece;
  find_losses(evidence, now);
  if (judge_.weigh(evidence, path_, now)) counters_->add(Counter::verdict_changes);
  if (evidence.round_closed) {
    flight_peak_before_ = flight_peak_;
    flight_peak_ = flight_.pipe();
    peak_.close_round();
    crowd_.close_round();
  }
  const bool burst = evidence.round_closed && pattern_.close_round(path_.raised());
  if (hands_off_ && evidence.round_closed) watch_left_alone(now);
  if (!active_) return;
  undo_if_proven();
  grow(news.delivered_bytes, evidence.round_closed, now);
  react_to_congestion(evidence, burst, now);
  if (evidence.round_closed) {
    start_up_.close_round(flight_.delivered(), path_.floor(), now);
    if (cubic_.in_slow_start()) {
      if (hurts_others()) path_.accept_floor(start_up_.clear_floor());
      elasticity_.disturb(flight_.delivered(), now);
    } else {
      const Nanos clear =
          elasticity_.close_round(cubic_.window(), path_.floor(), flight_.delivered(), now);
      // Neighbours fill a queue too, and the rate follows our share of it; but they overflow it.
      if (hurts_others() && now - reduced_at_ > limits_->caution) path_.accept_floor(clear);
    }
    if (cubic_.in_slow_start() && start_up_.full(cubic_.window(), path_.raised(), hurts_others())) {
      cubic_.leave_slow_start();
      left_by_delay_ = true;
    }
    // A queue of ours would have stayed with the window that made it (RFC 9406 4.3).
    if (left_by_delay_ && quiet_rounds_ >= limits_->quiet_rounds && hurts_others()) {
      left_by_delay_ = false;
      cubic_.resume_slow_start();
    }
  }
  set_pace();
}

bool Repair::hurts_others() const noexcept {
  return reorder_.learned() || path_.jitter() > max(limits_->steady_jitter, path_.base() / 8);
}

/// The round trip slow start is measured by. Under jitter a window lasts longer than the base: by
/// that alone each round would allow less than the one before had (fifojit10: half a second at a
/// tenth of the pipe).
Nanos Repair::start_span(bool raised) const noexcept {
  if (raised || !hurts_others()) return path_.base();
  return path_.base() + path_.jitter().scaled(limits_->start_jitter);
}

void Repair::grow(std::uint32_t delivered, bool round_closed, Instant now) noexcept {
  // Acknowledgments come in bursts here: what counts is that the window was the limit some time
  // within this round trip (Linux: is_cwnd_limited), or that data waits for its pace.
  if (flight_.waiting_bytes() > 0 || flight_.pipe() + delivered + 3 * mss_ >= cubic_.window())
    limited_at_ = now;
  const bool used = now - limited_at_ <= path_.smoothed();
  const bool raised = path_.raised();
  if (raised) {
    quiet_rounds_ = 0;
  } else if (round_closed && quiet_rounds_ < 255) {
    ++quiet_rounds_;
  }
  if (!cubic_.in_slow_start()) {
    if (round_closed)
      cubic_.adopt(
          courtesy_.close_round({raised, hurts_others(), path_.floor(), path_.smoothed(),
                                 cubic_.window(), path_.jitter() < limits_->steady_jitter / 2},
                                now));
    if (!courtesy_.may_grow(raised, now)) return;
  }
  if (cubic_.in_slow_start()) {
    // Where nothing shakes the round that goes on counts as well, or each doubling would wait for
    // its end: a seventh of the time a megabyte takes.
    const bool steady = !flight_.has_hole() && !hurts_others();
    const double rate = steady ? start_up_.rate_so_far(path_, flight_.delivered(), now) : 0;
    if (path_.has_round() && cubic_.window() >= start_up_.most_in_flight(start_span(raised), rate))
      return;
  }
  const std::uint32_t grown = cubic_.in_slow_start() ? start_up_.growth(delivered) : delivered;
  cubic_.on_delivered(grown, path_.smoothed(), used, now);
  // What a smaller window loses as well was no queue's doing, nor perhaps what the larger one was
  // cut for.
  const bool cautious = now - reduced_at_ <= limits_->caution &&
                        !(cut_by_burst_ && strays_below_ >= limits_->enough_strays);
  // Never soon after a crowd of losses, whose queue the floor does not show. Else below the window
  // that last met congestion, or long after: nearer, CUBIC's caution is due.
  const bool room =
      elasticity_.may_climb(cubic_.window()) && now - crowded_at_ > limits_->crowd_caution &&
      (cubic_.below_last_maximum() || !cautious ||
       (cubic_.window() < start_up_.pipe(path_) && (hurts_others() || pattern_.stray())));
  if (used && room && quiet_rounds_ >= limits_->quiet_rounds) cubic_.climb(delivered / 8);
}

void Repair::find_losses(Evidence& evidence, Instant now) noexcept {
  // What went into an outage was lost to the outage: nobody's queue overflowed.
  const LossScan scan = flight_.detect_losses(reorder_window(), now, outage_end_);
  const std::uint32_t telling = scan.lost_segments - scan.excused;
  loss_deadline_ = scan.next_deadline;
  evidence.lost_segments += telling;
  if (telling > 0) latest_batch_ = scan.batch;
  // What was in flight at the last reduction was answered for.
  const bool answered = una_ < recovery_point_;
  const std::uint32_t lost = answered ? 0 : telling;
  const std::uint32_t runs = std::min(lost, scan.runs);
  pattern_.add(evidence.delivered_segments, lost, runs);
  crowd_.add(evidence.delivered_segments, lost);
  if (runs > 0 && cubic_.below_last_maximum() && !path_.raised())
    strays_below_ = static_cast<std::uint8_t>(std::min(strays_below_ + runs, 255U));
  counters_->add(Counter::local_retransmissions_lost, scan.lost_again);
}

/// The sender's own start fills the queue of a long path where nothing shakes, and loses more than
/// can be mended here before its timer would fire. Shown then, all at once, it leaves the sender
/// with the little that is still under way: it is better told at once (docs/adr/0007).
bool Repair::spilt_start(Instant now) const noexcept {
  if (in_custody() || !cubic_.in_slow_start() || hurts_others()) return false;
  if (path_.base() < limits_->long_rtt) return false;
  const Nanos wait = latest_rtt_ - path_.base();
  return pattern_.bursting() && wait > max(path_.tolerance(), path_.base() / 6) &&
         now + path_.smoothed() > hide_deadline();
}

Repair::Signs Repair::signs_of_congestion(const Evidence& evidence, bool burst,
                                          Instant now) const noexcept {
  Signs signs;
  const std::int64_t doubt = spurious_recently_ * 2 > resent_recently_ ? 2 : 1;
  const bool lost = evidence.lost_segments > 0;
  const bool shaken = hurts_others();
  // Before much was delivered, disorder nobody has met yet looks like a burst: wait for the
  // originals. Afterwards a short queue overflows faster than one could wait.
  const bool known = reorder_.learned() || flight_.delivered() > 256ULL * mss_;
  signs.spilt = lost && known && spilt_start(now);
  // While the delivery rate still doubles, a floor raised by our own bursts and one stray loss are
  // no congestion.
  const bool believable = !cubic_.in_slow_start() || start_up_.plateau() || signs.spilt;
  if (!believable) return signs;
  signs.burst = burst || (lost && known && pattern_.bursting());
  if (!lost) return signs;
  // Alone we hold the queue down by its delay. There, losses that come as often without a queue
  // are none of its doing; beside others every loss counts.
  const bool stray = pattern_.stray() && !courtesy_.competes(now);
  // Jitter lifts the floor for a moment, a queue for rounds. And while the window opens one loss
  // alone must have met a queue: what came around it waited longer than most.
  const bool lasting = !shaken || path_.raised_rounds() > 0;
  const bool opening = shaken && (cubic_.in_slow_start() || left_by_delay_);
  const bool waited = !opening || evidence.lost_segments > 1 || latest_rtt_ > path_.ceiling();
  signs.queue = lasting && waited && !stray && path_.raised(doubt);
  // A base first seen over a queue hides it. Who loses where the queue ends is no stray.
  signs.brim = !shaken && path_.at_brim(latest_rtt_);
  // Order-keeping jitter hides half a queue from the floor, but not the company of its losses: what
  // was delivered around them waited as well. Where hardly any is lost else, one alone will do.
  const bool in_order = shaken && !reorder_.learned();
  const Nanos wait = latest_rtt_ - path_.base();
  signs.crowd = in_order && wait > path_.tolerance() && crowd_.present(pattern_.run_length());
  signs.lone = in_order && !signs.crowd && wait > path_.tolerance() * 5 / 4 && crowd_.rare();
  return signs;
}

void Repair::react_to_congestion(const Evidence& evidence, bool burst, Instant now) noexcept {
  // One reduction for what was in flight when it was made (RFC 5681 3.2, RFC 6675 recovery point).
  if (now < next_reduction_ || una_ < recovery_point_) return;
  const Signs signs = signs_of_congestion(evidence, burst, now);
  if (!signs.any() && !evidence.congestion_echo) return;
  // One or two losses over a floor that jitter may have raised: if it comes down and stays, they
  // were strays, and slow start goes on.
  const bool hasty = (cubic_.in_slow_start() || left_by_delay_) && signs.only_queue() &&
                     evidence.lost_segments <= 2 && !evidence.congestion_echo;
  // What slow start itself spilled is answered as CUBIC would.
  const bool own = cubic_.in_slow_start();
  const bool others = signs.crowd && !own;
  cubic_.on_congestion(std::max({flight_peak_, flight_peak_before_,
                                 flight_.pipe() + flight_.lost_bytes() + flight_.sacked_bytes()}),
                       now, others ? limits_->crowd_keeps : Cubic::kBeta);
  left_by_delay_ = hasty;
  if (signs.spilt) {
    expose();
    sender_mends_ = true;
  }
  counters_->add(Counter::congestion_events);
  elasticity_.disturb(flight_.delivered(), now);
  courtesy_.forget();
  pattern_.close_event();
  crowd_.close_event();
  // What waits here leaves whatever the window: it was let in by the old one.
  recovery_point_ = nxt_;
  // The flight shrinks over one round trip; the floor tells of it one later.
  next_reduction_ = now + path_.smoothed() * 2;
  undo_credits_ = evidence.congestion_echo ? 0 : std::max(1U, evidence.lost_segments);
  undo_due_ = false;
  undo_batch_ = latest_batch_;
  reduced_at_ = now;
  strays_below_ = 0;
  cut_by_burst_ = signs.only_burst();
  if ((signs.crowd || signs.lone) && !own) crowded_at_ = now;
  resent_recently_ /= 2;
  spurious_recently_ /= 2;
}

void Repair::set_pace() noexcept {
  if (!path_.has_samples()) return;
  // Linux's own gains: twice the window per round trip in slow start, 1.2 times after.
  const double gain = cubic_.in_slow_start() ? 2.0 : 1.2;
  const double frames = 1.0 + static_cast<double>(frame_overhead_) / static_cast<double>(mss_);
  BitRate rate =
      BitRate::of(static_cast<std::int64_t>(gain * frames * static_cast<double>(cubic_.window())),
                  path_.smoothed());
  // Data comes in bursts when a hole is filled; faster than the path delivers they make a queue.
  if (!cubic_.in_slow_start() && !peak_.value().is_zero()) {
    const double most =
        limits_->over_peak * frames * static_cast<double>(peak_.value().bits_per_second());
    rate = std::min(rate, BitRate{static_cast<std::int64_t>(most)});
  }
  pacer_.set_rate(rate);
}

}  // namespace gimbal
