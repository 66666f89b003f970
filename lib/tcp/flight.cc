#include "tcp/flight.h"

#include <algorithm>

#include "base/check.h"

namespace gimbal {

namespace {
constexpr std::int64_t kRttMargin = 16;
}  // namespace

bool Flight::append(Seq32 seq, std::uint32_t length, const Packet& packet, Instant now) noexcept {
  if (block_ == RecordArena::kNoBlock || tail_ - reclaimed_ > mask_) {
    if (!grow()) return false;
  }
  if (empty()) delivered_time_ = max(delivered_time_, now);
  Record& record = at(tail_);
  record = Record{};
  record.packet = packet;
  record.arrived_at = now;
  record.seq = seq;
  record.length = length;
  ++tail_;
  waiting_ += length;
  return true;
}

bool Flight::grow() noexcept {
  const bool first = block_ == RecordArena::kNoBlock;
  const std::uint32_t order = first ? RecordArena::kMinOrder : order_ + 1;
  if (order > RecordArena::kMaxOrders) return false;
  const std::uint32_t block = arena_->allocate(order);
  if (block == RecordArena::kNoBlock) return false;
  const std::uint32_t mask = (1U << order) - 1;
  if (!first) {
    // Positions keep their meaning: only where they lie changes.
    for (std::uint32_t p = reclaimed_; p != tail_; ++p) *arena_->at(block + (p & mask)) = at(p);
    arena_->release(block_, order_);
  }
  block_ = block;
  order_ = order;
  mask_ = mask;
  return true;
}

void Flight::give_back() noexcept {
  if (block_ == RecordArena::kNoBlock) return;
  arena_->release(block_, order_);
  block_ = RecordArena::kNoBlock;
  mask_ = 0;
}

std::uint32_t Flight::position_of(const Record& record) const noexcept {
  const auto offset = static_cast<std::uint32_t>(&record - arena_->at(block_));
  return head_ + ((offset - head_) & mask_);
}

std::uint32_t Flight::lower_bound(Seq32 seq) const noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = tail_ - head_;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (at(head_ + middle).seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return head_ + low;
}

Record* Flight::find(Seq32 seq) noexcept {
  if (empty()) return nullptr;
  const std::uint32_t position = lower_bound(seq);
  if (position == tail_ || at(position).seq != seq) return nullptr;
  return &at(position);
}

Seq32 Flight::end_of(Seq32 seq) const noexcept {
  const std::uint32_t position = lower_bound(seq);
  if (position != tail_ && at(position).seq == seq) return at(position).end();
  return position == head_ ? at(head_).end() : at(position - 1).end();
}

Record* Flight::last_outstanding() noexcept {
  for (std::uint32_t p = send_; p != head_;) {
    Record& record = at(--p);
    if (record.delivery != Delivery::sacked) return &record;
  }
  return nullptr;
}

void Flight::unlink(Record& record) noexcept {
  const bool is_lost = record.delivery == Delivery::lost;
  std::uint32_t& head = is_lost ? lost_head_ : sent_head_;
  std::uint32_t& tail = is_lost ? lost_tail_ : sent_tail_;
  (record.previous == kNone ? head : at(record.previous).next) = record.next;
  (record.next == kNone ? tail : at(record.next).previous) = record.previous;
  record.next = record.previous = kNone;
}

void Flight::link_sent(Record& record, std::uint32_t position) noexcept {
  record.next = kNone;
  record.previous = sent_tail_;
  (sent_tail_ == kNone ? sent_head_ : at(sent_tail_).next) = position;
  sent_tail_ = position;
}

void Flight::link_lost(Record& record, std::uint32_t position) noexcept {
  record.next = kNone;
  record.previous = lost_tail_;
  (lost_tail_ == kNone ? lost_head_ : at(lost_tail_).next) = position;
  lost_tail_ = position;
}

void Flight::mark_sent(Record& record, Instant now) noexcept {
  const std::uint32_t position = position_of(record);
  switch (record.delivery) {
    case Delivery::waiting:
      GIMBAL_CHECK(position == send_);
      ++send_;
      waiting_ -= record.length;
      record.first_sent_at = now;
      // With nothing outstanding a new rate interval begins.
      if (position == head_) delivered_time_ = now;
      sent_end_ = record.end();
      break;
    case Delivery::lost:
      unlink(record);
      lost_ -= record.length;
      break;
    case Delivery::in_flight:
      unlink(record);
      pipe_ -= record.length;
      break;
    case Delivery::abandoned:
      break;
    case Delivery::sacked:
      return;
  }
  record.delivery = Delivery::in_flight;
  record.sent_at = now;
  record.delivered_at_send = delivered_;
  record.delivered_time_at_send = delivered_time_;
  if (record.transmissions < 255) ++record.transmissions;
  pipe_ += record.length;
  last_sent_ = now;
  link_sent(record, position);
}

void Flight::sample(const Record& record, Instant now, AckNews& news) noexcept {
  if (record.transmissions == 1 && !record.resent_by_sender) news.rtt.push(now - record.sent_at);
  const Nanos span = now - record.delivered_time_at_send;
  if (record.transmissions > 0 && span > Nanos{}) {
    news.rate_bytes = delivered_ - record.delivered_at_send;
    news.rate_span = span;
  }
}

void Flight::deliver(Record& record, bool above_hole, const Before& before,
                     AckNews& news) noexcept {
  const Instant now = before.now;
  delivered_ += record.length;
  delivered_time_ = now;
  news.delivered_bytes += record.length;
  ++news.delivered_segments;
  if (record.delivery == Delivery::waiting) return;
  if (record.delivery == Delivery::lost) {
    ++news.lost_in_error;
    news.error_batch = record.loss_batch;
  }
  const bool resent = record.transmissions > 1 || record.resent_by_sender;
  // The least so far is seldom the least there is.
  const bool earlier_copy =
      resent && now - record.sent_at < before.least_rtt - before.least_rtt / kRttMargin;
  if (resent) news.delivered_resent = true;
  // With two earlier copies nobody knows which one arrived. And a least seen over a queue that has
  // gone since makes a copy look early: then what came soon after the copy left, or is not late by
  // much, was the original.
  const Nanos late = (now - record.first_sent_at) - before.newest_rtt;
  const bool credible =
      now - record.sent_at < before.least_rtt * 3 / 4 || late < before.least_rtt / 2;
  if (!resent || (earlier_copy && credible && record.transmissions == 2)) {
    if (record.first_sent_at < before.newest_sent_at && late > Nanos{}) {
      ++news.late_originals;
      news.lateness.push(late);
    }
  }
  if (earlier_copy) return;  // RFC 8985 6.2 step 2: says nothing about its last transmission.
  // Resent in an outage by a timer that nobody's acknowledgment confirmed: this may as well be the
  // original, held up with all that was sent after it. Those are late then, not lost.
  if (resent && !record.judged_lost && !above_hole) return;
  if (record.sent_at > rack_sent_at_ ||
      (record.sent_at == rack_sent_at_ && record.end() > rack_end_)) {
    rack_sent_at_ = record.sent_at;
    rack_rtt_ = now - record.sent_at;
    rack_end_ = record.end();
  }
}

AckNews Flight::acknowledge(Seq32 ack, std::span<const SackBlock> blocks, Nanos least_rtt,
                            Instant now) noexcept {
  AckNews news;
  const Before before{least_rtt, rack_sent_at_, rack_rtt_, now};
  const Record* newest = nullptr;
  for (; head_ != tail_ && at(head_).end() <= ack; ++head_) {
    Record& record = at(head_);
    if (news.acked_bytes == 0) news.oldest_acked_arrival = record.arrived_at;
    news.acked_bytes += record.length;
    if (record.delivery == Delivery::sacked) {
      sacked_ -= record.length;
      continue;
    }
    deliver(record, false, before, news);
    newest = record.delivery == Delivery::waiting ? nullptr : &record;
    if (record.delivery == Delivery::waiting) {
      waiting_ -= record.length;
      ++send_;
      sent_end_ = record.end();
      continue;
    }
    settle(record);
  }
  if (newest != nullptr) sample(*newest, now, news);
  for (const SackBlock& block : blocks) {
    if (!(ack < block.end) || !(block.start < block.end)) continue;
    newest = nullptr;
    for (std::uint32_t p = lower_bound(block.start); p != send_ && p != tail_; ++p) {
      Record& record = at(p);
      if (record.end() > block.end) break;
      if (record.delivery == Delivery::sacked || record.delivery == Delivery::waiting) continue;
      deliver(record, true, before, news);
      settle(record);
      record.delivery = Delivery::sacked;
      sacked_ += record.length;
      newest = &record;
    }
    if (newest != nullptr) sample(*newest, now, news);
  }
  return news;
}

void Flight::settle(Record& record) noexcept {
  if (record.delivery == Delivery::abandoned) return;
  (record.delivery == Delivery::lost ? lost_ : pipe_) -= record.length;
  unlink(record);
}

void Flight::abandon(Record& record) noexcept {
  settle(record);
  record.delivery = Delivery::abandoned;
}

void Flight::judge_lost(Record& record) noexcept {
  const std::uint32_t position = position_of(record);
  unlink(record);
  pipe_ -= record.length;
  lost_ += record.length;
  record.delivery = Delivery::lost;
  record.judged_lost = true;
  link_lost(record, position);
}

LossScan Flight::detect_losses(Nanos reorder_window, Instant now, Instant excuse_until) noexcept {
  LossScan scan;
  while (sent_head_ != kNone) {
    Record& record = at(sent_head_);
    const bool sent_before_newest_delivered =
        record.sent_at < rack_sent_at_ ||
        (record.sent_at == rack_sent_at_ && record.end() < rack_end_);
    if (!sent_before_newest_delivered) break;
    const Instant deadline = record.sent_at + rack_rtt_ + reorder_window;
    if (deadline > now) {
      scan.next_deadline = deadline;
      break;
    }
    if (scan.lost_segments == 0) scan.batch = ++loss_batch_;
    // Lost again, it still belongs to the event that first took it.
    if (record.transmissions == 1) record.loss_batch = loss_batch_;
    ++scan.lost_segments;
    if (record.transmissions > 1 || record.seq != lost_end_) ++scan.runs;
    lost_end_ = record.end();
    if (record.sent_at < excuse_until) ++scan.excused;
    if (record.transmissions > 1) ++scan.lost_again;
    judge_lost(record);
  }
  return scan;
}

void Flight::clear() noexcept {
  head_ = send_ = tail_;
  sent_head_ = sent_tail_ = lost_head_ = lost_tail_ = kNone;
  pipe_ = waiting_ = sacked_ = lost_ = 0;
}

}  // namespace gimbal
