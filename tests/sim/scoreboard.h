#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <set>
#include <span>
#include <vector>

#include "base/time.h"

namespace gimbal::sim {

/// A range of stream offsets [start, end). 64 bits: the model never wraps, its frames do.
struct Range {
  std::uint64_t start{0};
  std::uint64_t end{0};
  friend bool operator==(Range, Range) noexcept = default;
};

/// One segment between the first unacknowledged byte and the next to send.
struct Outstanding {
  Range range;
  Instant sent{};   ///< Newest transmission.
  bool fin{false};  ///< Its last offset is the FIN, not a byte.
  bool sacked{false};
  bool lost{false};
  bool resent{false};  ///< A retransmission is in flight.
  bool ever_resent{false};
  bool window_limited{false};  ///< Sent while the congestion window was the limit.
  std::uint64_t delivered{0};  ///< Segments delivered when it was last sent.
  Instant first_sent{};        ///< Start of the flight it was last sent in (RateSampler).
  Instant delivered_at{};      ///< Newest delivery when it was last sent.
  bool app_limited{false};     ///< Nothing else was there to send then.
  std::list<Outstanding*>::iterator by_time{};
  bool in_time_order{false};
};

/// What the newest acknowledgment changed.
struct Delivery {
  std::uint32_t acked{0};      ///< Segments newly covered by the cumulative ACK.
  std::uint32_t delivered{0};  ///< Segments newly acked or newly sacked.
  std::uint32_t newly_sacked{0};
  bool una_advanced{false};
  bool data_acked{false};
  bool resent_acked{false};        ///< The cumulative ACK covered a retransmitted segment.
  bool original_delivered{false};  ///< A never-resent segment below the recovery point arrived.
  bool reordered{false};           ///< A never-resent hole below the highest SACK was filled.
  std::uint64_t lowest_reordered{0};
  Nanos rtt{Nanos::max()};         ///< From the first segment newly acked; max: none usable (Karn).
  Nanos newest_rtt{Nanos::max()};  ///< From the last one.
  Nanos sack_rtt{Nanos::max()};
  std::uint64_t prior_delivered{0};  ///< `delivered` stamp of the newest segment delivered.
};

/// SACK scoreboard of the model sender, with the counters Linux keeps beside it and the list of
/// segments in order of their newest transmission that RACK walks (RFC 8985).
class Scoreboard {
 public:
  [[nodiscard]] std::uint64_t una() const noexcept { return una_; }
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t highest_sacked() const noexcept { return highest_sacked_; }
  [[nodiscard]] std::uint32_t packets() const noexcept {
    return static_cast<std::uint32_t>(segments_.size());
  }
  [[nodiscard]] std::uint32_t sacked() const noexcept { return sacked_; }
  [[nodiscard]] std::uint32_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint32_t resent() const noexcept { return resent_; }
  /// Segments believed to be in the network (tcp_packets_in_flight).
  [[nodiscard]] std::uint32_t in_flight() const noexcept {
    return packets() + resent_ - sacked_ - lost_;
  }
  [[nodiscard]] bool empty() const noexcept { return segments_.empty(); }
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  /// Segments ever marked lost, copies included (tp->lost).
  [[nodiscard]] std::uint64_t loss_marks() const noexcept { return loss_marks_; }
  [[nodiscard]] Outstanding& head() noexcept { return segments_.front(); }
  [[nodiscard]] Outstanding& tail() noexcept { return segments_.back(); }
  [[nodiscard]] std::list<Outstanding*>& by_time() noexcept { return by_time_; }

  Outstanding& append(std::uint32_t length, bool fin, Instant now);
  void mark_sent_again(Outstanding& segment, Instant now);
  void mark_lost(Outstanding& segment);
  /// Takes back every loss mark (undo).
  void unmark_losses();
  /// Every segment not sacked becomes lost and no longer resent, unless `spare` says otherwise.
  template <class Spare>
  void mark_timeout(Spare spare);
  /// Without SACK a duplicate ACK says that some segment arrived. False: more than can have.
  bool count_duplicate() noexcept;
  /// Without SACK: of what the cumulative ACK covers one was the hole, the others had been counted
  /// as duplicates. True when that leaves more counted than is outstanding: reordering.
  bool settle_duplicates(Delivery& news) noexcept;
  void forget_duplicates() noexcept { sacked_ = 0; }
  /// The first lost segment not yet sent again, or nothing.
  [[nodiscard]] Outstanding* next_lost();

  /// Folds one acknowledgment in; `blocks` without the D-SACK. `rack` hears of every segment newly
  /// delivered.
  template <class Rack>
  Delivery acknowledge(std::uint64_t ack, std::span<const Range> blocks,
                       std::uint64_t recovery_point, Instant now, Rack rack);

 private:
  template <class Rack>
  void tag(Range block, std::uint64_t recovery_point, Instant now, Delivery& out, Rack& rack);
  template <class Rack>
  void take(Outstanding& segment, std::uint64_t recovery_point, Instant now, Delivery& out,
            Rack& rack);
  [[nodiscard]] std::deque<Outstanding>::iterator find(std::uint64_t offset);
  void forget(Outstanding& segment);
  void touch(Outstanding& segment, Instant now);
  [[nodiscard]] bool limit_duplicates() noexcept;

  std::deque<Outstanding> segments_;
  std::list<Outstanding*> by_time_;
  std::set<std::uint64_t> to_resend_;
  std::vector<Range> last_blocks_;
  std::uint64_t una_{0};
  std::uint64_t next_{0};
  std::uint64_t highest_sacked_{0};
  std::uint64_t reorder_mark_{0};  ///< `highest_sacked_` before the ACK being folded in.
  std::uint64_t delivered_{0};
  std::uint64_t loss_marks_{0};
  Instant last_sent_{};
  std::uint32_t sacked_{0};
  std::uint32_t lost_{0};
  std::uint32_t resent_{0};
};

template <class Spare>
void Scoreboard::mark_timeout(Spare spare) {
  for (Outstanding& segment : segments_) {
    if (segment.sacked) continue;
    if (segment.resent) {
      segment.resent = false;
      --resent_;
      if (segment.lost) to_resend_.insert(segment.range.start);
    }
    if (!spare(segment)) mark_lost(segment);
  }
}

template <class Rack>
Delivery Scoreboard::acknowledge(std::uint64_t ack, std::span<const Range> blocks,
                                 std::uint64_t recovery_point, Instant now, Rack rack) {
  Delivery out;
  reorder_mark_ = highest_sacked_;
  for (const Range& block : blocks) tag(block, recovery_point, now, out, rack);
  last_blocks_.assign(blocks.begin(), blocks.end());

  bool ambiguous = false;
  Instant first_sent{}, last_sent{};
  while (!segments_.empty() && segments_.front().range.end <= ack) {
    Outstanding& segment = segments_.front();
    out.una_advanced = true;
    ++out.acked;
    if (segment.ever_resent) {
      out.resent_acked = ambiguous = true;
    } else if (!segment.sacked) {
      if (first_sent == Instant{}) first_sent = segment.sent;
      last_sent = segment.sent;
    }
    if (!segment.sacked)
      take(segment, recovery_point, now, out, rack);
    else
      --sacked_;
    una_ = segment.range.end;
    forget(segment);
    segments_.pop_front();
  }
  out.data_acked = out.una_advanced;
  if (first_sent != Instant{} && !ambiguous) {
    out.rtt = now - first_sent;
    out.newest_rtt = now - last_sent;
  }
  return out;
}

template <class Rack>
void Scoreboard::tag(Range block, std::uint64_t recovery_point, Instant now, Delivery& out,
                     Rack& rack) {
  // Blocks repeat from ACK to ACK; what the previous one covered needs no second look.
  for (const Range& old : last_blocks_) {
    if (old.start <= block.start && block.start < old.end) block.start = old.end;
    if (old.start < block.end && block.end <= old.end) block.end = old.start;
  }
  if (block.start >= block.end) return;
  for (auto it = find(block.start); it != segments_.end() && it->range.end <= block.end; ++it) {
    if (it->sacked || it->range.start < block.start) continue;
    if (!it->ever_resent) out.sack_rtt = gimbal::min(out.sack_rtt, now - it->sent);
    take(*it, recovery_point, now, out, rack);
    it->sacked = true;
    ++sacked_;
    ++out.newly_sacked;
    if (it->in_time_order) {
      by_time_.erase(it->by_time);
      it->in_time_order = false;
    }
    if (it->range.end > highest_sacked_) highest_sacked_ = it->range.end;
  }
}

template <class Rack>
void Scoreboard::take(Outstanding& segment, std::uint64_t recovery_point, Instant now,
                      Delivery& out, Rack& rack) {
  rack(segment, now);
  if (!segment.ever_resent) {
    if (segment.range.end <= recovery_point) out.original_delivered = true;
    if (segment.range.start < reorder_mark_) {
      if (!out.reordered || segment.range.start < out.lowest_reordered)
        out.lowest_reordered = segment.range.start;
      out.reordered = true;
    }
  }
  if (segment.resent) --resent_;
  if (segment.lost) --lost_;
  to_resend_.erase(segment.range.start);
  segment.resent = segment.lost = false;
  if (segment.delivered > out.prior_delivered) out.prior_delivered = segment.delivered;
  ++out.delivered;
  ++delivered_;
}

}  // namespace gimbal::sim
