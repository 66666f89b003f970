#include "sim/receiver.h"

#include <algorithm>

#include "sim/payload.h"

namespace gimbal::sim {

Receiver::Receiver(Loop& loop, const ReceiverConfig& config, Sink out)
    : loop_{loop},
      config_{config},
      out_{std::move(out)},
      ack_timer_{loop, [this] { send_ack(); }},
      syn_timer_{loop, [this] { connect(); }},
      sent_{config.initial_seq + 1},
      edge_{config.habits.buffer},
      quick_left_{config.habits.quick_acks},
      buffer_{config.habits.buffer} {}

std::uint32_t Receiver::clock_ms() const noexcept {
  return static_cast<std::uint32_t>(loop_.now().ns() / 1'000'000) + 77'777;
}

void Receiver::connect() {
  Segment segment;
  segment.source = config_.local;
  segment.destination = config_.remote;
  segment.seq = config_.initial_seq;
  segment.flags.syn = true;
  const Habits& habits = config_.habits;
  // A window in a SYN is never scaled (RFC 7323 2.2).
  segment.window = static_cast<std::uint16_t>(std::min<std::uint64_t>(habits.buffer, 64'240));
  segment.options.mss = config_.mss;
  segment.options.sack_permitted = habits.selective;
  segment.options.has_window_scale = habits.scaling;
  segment.options.window_scale = habits.scaling ? habits.window_scale : std::uint8_t{0};
  segment.options.has_timestamps = habits.timestamps;
  if (habits.timestamps) segment.options.ts_value = clock_ms();
  syn_at_ = loop_.now();
  out_(encode(segment, {}));
  syn_timer_.arm(loop_.now() + Nanos::seconds(1));
}

void Receiver::hear(const Segment& segment, std::span<const std::byte> payload) {
  if (segment.flags.rst) {
    finished_ = true;
    return;
  }
  if (segment.flags.syn) return hear_syn_ack(segment);
  if (!connected_ || finished_) return;
  hear_data(segment, payload);
}

void Receiver::hear_syn_ack(const Segment& segment) {
  if (segment.ack != config_.initial_seq + 1) return;
  if (!connected_) {
    connected_ = true;
    syn_timer_.disarm();
    remote_initial_ = segment.seq;
    ts_recent_ = segment.options.ts_value;
    measured_at_ = loop_.now();
    rtt_ = max(loop_.now() - syn_at_, Nanos::millis(1));
  }
  send_ack();
}

std::uint64_t Receiver::stream_offset(Seq32 seq) const noexcept {
  return next_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(seq - wire_seq(next_)));
}

void Receiver::hear_data(const Segment& segment, std::span<const std::byte> payload) {
  const bool stamped = config_.habits.timestamps;
  const bool from_the_past =
      stamped && static_cast<std::int32_t>(segment.options.ts_value - ts_recent_) < 0;
  if (stamped) rtt_ = Nanos::millis(std::max(1U, clock_ms() - segment.options.ts_echo));
  const std::uint64_t start = stream_offset(segment.seq);
  const std::uint64_t length = segment.payload_length + (segment.flags.fin ? 1U : 0U);
  const Range range{start, start + length};
  const auto ahead = static_cast<std::int64_t>(start - last_acked_);
  // Only a segment that lies in the window renews it (RFC 7323 4.3): a copy of old data would make
  // originals still on their way look like ghosts.
  const bool in_window = static_cast<std::int64_t>(range.end - last_acked_) >= 0;
  if (!from_the_past && ahead <= 0 && in_window) ts_recent_ = segment.options.ts_value;
  if (length == 0) {
    // A probe below the window asks for an answer (RFC 9293 3.10.7.4).
    if (static_cast<std::int64_t>(start - next_) < 0) send_ack();
    return;
  }
  if (!payload.empty() && !is_stream_at(start, payload)) figures_.damaged = true;
  const bool old = static_cast<std::int64_t>(range.end - next_) <= 0;
  if (old) {
    ++figures_.duplicates;
    duplicate_ = range;
  }
  if (old || from_the_past) return send_ack();
  if (range.end > edge_) return send_ack();
  if (segment.flags.fin) fin_at_ = range.end - 1;
  accept(range);
}

void Receiver::accept(Range range) {
  const bool had_holes = !queue_.empty();
  if (range.start <= next_) {
    next_ = range.end;
    absorb_queue();
    figures_.bytes = std::min(next_, fin_at_);
    widen_buffer();
    ++unacked_segments_;
    acknowledge(had_holes || next_ > fin_at_);
    if (on_bytes) on_bytes(figures_.bytes);
    return;
  }
  auto after = queue_.upper_bound(range.start);
  if (after != queue_.begin()) {
    const auto before = std::prev(after);
    if (before->second >= range.end) {
      ++figures_.duplicates;
      duplicate_ = range;
      return send_ack();
    }
    if (before->second >= range.start) {
      range.start = before->first;
      std::erase(recent_, before->first);
      queue_.erase(before);
    }
  }
  while (after != queue_.end() && after->first <= range.end) {
    range.end = std::max(range.end, after->second);
    std::erase(recent_, after->first);
    after = queue_.erase(after);
  }
  queue_[range.start] = range.end;
  recent_.insert(recent_.begin(), range.start);
  send_ack();
}

void Receiver::absorb_queue() {
  while (!queue_.empty() && queue_.begin()->first <= next_) {
    next_ = std::max(next_, queue_.begin()->second);
    std::erase(recent_, queue_.begin()->first);
    queue_.erase(queue_.begin());
  }
}

void Receiver::widen_buffer() {
  if (loop_.now() - measured_at_ < rtt_) return;
  // Dynamic right-sizing as Linux does it: room for twice what a round trip brought, and ahead of
  // a sender that doubles.
  const std::uint64_t came = next_ - measured_from_;
  if (came > measured_space_) {
    std::uint64_t room = 2 * came + 16 * 1448;
    room += 2 * room * (came - measured_space_) / measured_space_;
    buffer_ = std::max(buffer_, std::min(room, config_.habits.buffer_max));
    measured_space_ = came;
  }
  measured_from_ = next_;
  measured_at_ = loop_.now();
}

void Receiver::acknowledge(bool at_once) {
  if (quick_left_ > 0) {
    --quick_left_;
    at_once = true;
  }
  if (at_once || unacked_segments_ >= config_.habits.ack_every) return send_ack();
  if (!ack_timer_.armed()) ack_timer_.arm(loop_.now() + config_.habits.ack_delay);
}

void Receiver::write_blocks(TcpOptions& options) {
  if (!config_.habits.selective) return;
  std::uint8_t count = 0;
  if (duplicate_.end != 0) {
    options.sack[count++] = {wire_seq(duplicate_.start), wire_seq(duplicate_.end)};
    duplicate_ = {};
  }
  for (const std::uint64_t start : recent_) {
    if (count == (config_.habits.timestamps ? 3 : 4)) break;
    options.sack[count++] = {wire_seq(start), wire_seq(queue_.at(start))};
  }
  options.sack_count = count;
}

void Receiver::send_ack() {
  ack_timer_.disarm();
  unacked_segments_ = 0;
  last_acked_ = next_;
  ++figures_.acks;
  edge_ = std::max(edge_, next_ + buffer_);
  Segment segment;
  segment.source = config_.local;
  segment.destination = config_.remote;
  segment.seq = sent_;
  segment.ack = wire_seq(next_);
  segment.flags.ack = true;
  const Habits& habits = config_.habits;
  const std::uint64_t unit = std::uint64_t{1} << (habits.scaling ? habits.window_scale : 0);
  // Rounded up: a right edge rounded down could retreat.
  segment.window =
      static_cast<std::uint16_t>(std::min<std::uint64_t>(65535, (edge_ - next_ + unit - 1) / unit));
  edge_ = std::max(edge_, next_ + segment.window * unit);
  segment.options.has_timestamps = habits.timestamps;
  if (habits.timestamps) {
    segment.options.ts_value = clock_ms();
    segment.options.ts_echo = ts_recent_;
  }
  write_blocks(segment.options);
  const bool closing = next_ > fin_at_ && !finished_;
  segment.flags.fin = closing;
  out_(encode(segment, {}));
  if (!closing) return;
  sent_ += 1;
  finished_ = true;
}

}  // namespace gimbal::sim
