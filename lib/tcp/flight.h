#pragma once

#include <cstdint>
#include <span>

#include "base/fixed_vector.h"
#include "base/seq32.h"
#include "base/time.h"
#include "tcp/record.h"
#include "tcp/record_arena.h"
#include "wire/segment.h"

namespace gimbal {

/// What one acknowledgment told about a flight.
struct AckNews {
  std::uint32_t acked_bytes{0};      ///< Newly covered cumulatively, sacked ones before included.
  std::uint32_t delivered_bytes{0};  ///< Newly known to be at the receiver, however reported.
  std::uint16_t delivered_segments{0};
  std::uint16_t late_originals{0};  ///< Holes filled by the first copy: reordering.
  Instant oldest_acked_arrival{};   ///< When the oldest segment covered had reached us.
  /// Judged lost, then delivered before they were sent again: how many, and by which scan the last.
  std::uint16_t lost_in_error{0};
  std::uint8_t error_batch{0};
  bool delivered_resent{false};    ///< A segment we or the sender had resent is among them.
  FixedVector<Nanos, 5> rtt;       ///< Unambiguous samples (Karn), newest of each reported run.
  FixedVector<Nanos, 4> lateness;  ///< How much later than expected each late original came.
  /// Rate sample of the newest segment delivered: bytes over time since its state at send
  /// (draft-cheng-iccrg-delivery-rate-estimation). Zero span: none.
  std::uint64_t rate_bytes{0};
  Nanos rate_span{};
};

/// Outcome of looking for losses at one instant.
struct LossScan {
  std::uint32_t lost_segments{0};
  std::uint32_t runs{0};                    ///< Of neighbours among them.
  std::uint32_t excused{0};                 ///< Of those, ones sent before `excuse_until`.
  std::uint8_t batch{0};                    ///< Marks these losses in their records.
  std::uint32_t lost_again{0};              ///< Of those, ones that had been resent before.
  Instant next_deadline{Instant::never()};  ///< When the next suspect will be judged.
};

/// The segments of one half-flow between us and its receiver: a scoreboard in sequence order, the
/// order of transmission beside it, and loss detection by time (RACK, RFC 8985 section 6).
/// Owned by one worker. All storage comes from the arena; an empty flight holds none.
class Flight {
 public:
  explicit Flight(RecordArena& arena) noexcept : arena_{&arena} {}

  // --- the sender's side -------------------------------------------------------------------------
  /// Appends a segment at or beyond the end of the flight, waiting to be sent. Returns false when
  /// the arena is spent, and then nothing changed. `packet` with a null handle: no copy kept.
  [[nodiscard]] bool append(Seq32 seq, std::uint32_t length, const Packet& packet,
                            Instant now) noexcept;
  /// The record that holds `seq` exactly at its start, or nullptr.
  [[nodiscard]] Record* find(Seq32 seq) noexcept;
  /// The record that came `age` records before the newest, or nullptr.
  [[nodiscard]] const Record* newest(std::uint32_t age) const noexcept {
    return age < records() ? &at(tail_ - 1 - age) : nullptr;
  }
  /// End of the record that holds `seq`; the flight must not be empty.
  [[nodiscard]] Seq32 end_of(Seq32 seq) const noexcept;

  // --- towards the receiver ----------------------------------------------------------------------
  [[nodiscard]] Record* next_lost() noexcept {
    return lost_head_ == kNone ? nullptr : &at(lost_head_);
  }
  [[nodiscard]] Record* next_waiting() noexcept { return send_ == tail_ ? nullptr : &at(send_); }
  [[nodiscard]] const Record* next_waiting() const noexcept {
    return send_ == tail_ ? nullptr : &at(send_);
  }
  /// The last segment sent that is not delivered yet, for a tail probe.
  [[nodiscard]] Record* last_outstanding() noexcept;
  /// `record` (waiting, lost or in flight) leaves now.
  void mark_sent(Record& record, Instant now) noexcept;

  // --- the receiver's side -----------------------------------------------------------------------
  /// Folds in an acceptable ACK. `least_rtt` is the least round trip seen: a resent segment
  /// acknowledged sooner than that was delivered by its earlier copy.
  [[nodiscard]] AckNews acknowledge(Seq32 ack, std::span<const SackBlock> blocks, Nanos least_rtt,
                                    Instant now) noexcept;
  /// Marks as lost what was sent before the newest delivered segment and is overdue by more than
  /// `reorder_window`. Those last sent before `excuse_until` are counted apart.
  [[nodiscard]] LossScan detect_losses(Nanos reorder_window, Instant now,
                                       Instant excuse_until = Instant{INT64_MIN}) noexcept;
  /// A lost record no local copy can mend: it no longer waits for retransmission here.
  void abandon(Record& record) noexcept;

  /// Gives back the packets of records that were acknowledged since the last call, through
  /// `release(const Packet&, bool was_sent)`. Must follow every `acknowledge` and `clear`.
  template <class Release>
  void reclaim(Release&& release) noexcept {
    for (; reclaimed_ != head_; ++reclaimed_) {
      Record& record = at(reclaimed_);
      if (record.has_copy()) release(record.packet, record.transmissions > 0);
      record.packet = Packet{};
    }
    if (head_ == tail_) give_back();
  }
  /// Forgets everything; `reclaim` afterwards returns the packets.
  void clear() noexcept;

  // --- figures -----------------------------------------------------------------------------------
  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  [[nodiscard]] std::uint32_t records() const noexcept { return tail_ - head_; }
  [[nodiscard]] const Record& front() const noexcept { return at(head_); }
  [[nodiscard]] Record& front() noexcept { return at(head_); }
  /// Bytes believed to be on the far leg: sent, neither delivered nor judged lost (RFC 6675 pipe).
  [[nodiscard]] std::uint32_t pipe() const noexcept { return pipe_; }
  [[nodiscard]] std::uint32_t waiting_bytes() const noexcept { return waiting_; }
  [[nodiscard]] std::uint32_t sacked_bytes() const noexcept { return sacked_; }
  [[nodiscard]] std::uint32_t lost_bytes() const noexcept { return lost_; }
  [[nodiscard]] bool has_hole() const noexcept { return sacked_ > 0; }
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  /// End of what was sent on; meaningful while not empty.
  [[nodiscard]] Seq32 sent_end() const noexcept { return sent_end_; }
  [[nodiscard]] Nanos rack_rtt() const noexcept { return rack_rtt_; }
  [[nodiscard]] Instant last_delivery() const noexcept { return delivered_time_; }
  [[nodiscard]] Instant last_sent() const noexcept { return last_sent_; }

 private:
  static constexpr std::uint32_t kNone = Record::kNone;

  [[nodiscard]] Record& at(std::uint32_t position) noexcept {
    return *arena_->at(block_ + (position & mask_));
  }
  [[nodiscard]] const Record& at(std::uint32_t position) const noexcept {
    return *arena_->at(block_ + (position & mask_));
  }
  [[nodiscard]] std::uint32_t position_of(const Record& record) const noexcept;
  [[nodiscard]] std::uint32_t lower_bound(Seq32 seq) const noexcept;
  [[nodiscard]] bool grow() noexcept;
  void give_back() noexcept;
  void unlink(Record& record) noexcept;
  void link_sent(Record& record, std::uint32_t position) noexcept;
  void link_lost(Record& record, std::uint32_t position) noexcept;
  /// What one ACK is held against. Lateness is told by what earlier ACKs had shown: the blocks of
  /// one ACK may have arrived in any order before it was written (delayed or compressed ACKs).
  struct Before {
    Nanos least_rtt;
    Instant newest_sent_at;
    Nanos newest_rtt;
    Instant now;
  };
  void deliver(Record& record, bool above_hole, const Before& before, AckNews& news) noexcept;
  void judge_lost(Record& record) noexcept;
  void settle(Record& record) noexcept;
  void sample(const Record& record, Instant now, AckNews& news) noexcept;

  RecordArena* arena_;
  std::uint32_t block_{RecordArena::kNoBlock};
  std::uint32_t mask_{0};
  std::uint32_t order_{0};
  // Ring positions: reclaimed_ <= head_ <= send_ <= tail_ on the circle of 2^32.
  std::uint32_t reclaimed_{0};
  std::uint32_t head_{0};
  std::uint32_t send_{0};
  std::uint32_t tail_{0};
  std::uint32_t sent_head_{kNone};
  std::uint32_t sent_tail_{kNone};
  std::uint32_t lost_head_{kNone};
  std::uint32_t lost_tail_{kNone};
  std::uint32_t pipe_{0};
  std::uint32_t waiting_{0};
  std::uint32_t sacked_{0};
  std::uint32_t lost_{0};
  Seq32 sent_end_;
  // RACK.segment: the newest transmission known to be delivered (RFC 8985 6.1).
  Seq32 rack_end_;
  Seq32 lost_end_;  ///< Of the newest segment found lost.
  Instant rack_sent_at_{INT64_MIN};
  Nanos rack_rtt_{};
  std::uint64_t delivered_{0};
  Instant delivered_time_{};
  Instant last_sent_{};
  std::uint8_t loss_batch_{0};
};

}  // namespace gimbal
