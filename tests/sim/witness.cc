#include "sim/witness.h"

#include <algorithm>

#include "sim/payload.h"
#include "wire/checksum.h"
#include "wire/frame.h"

namespace gimbal::sim {

namespace {

constexpr std::size_t kSentences = 8;
/// Same (ack, window) pairs remembered: an old acknowledgment passed on as it came shows an old
/// edge, and that is the path's doing.
constexpr std::size_t kRecent = 4096;

std::uint64_t offset_from(Seq32 initial, Seq32 seq, std::uint64_t near) {
  const Seq32 reference = initial + 1 + static_cast<std::uint32_t>(near);
  return near + static_cast<std::uint64_t>(static_cast<std::int64_t>(seq - reference));
}

bool covered(const std::map<std::uint64_t, std::uint64_t>& set, Range range) {
  const auto after = set.upper_bound(range.start);
  return after != set.begin() && std::prev(after)->second >= range.end;
}

void add(std::map<std::uint64_t, std::uint64_t>& set, Range range) {
  auto after = set.upper_bound(range.start);
  if (after != set.begin() && std::prev(after)->second >= range.start) {
    --after;
    range.start = after->first;
  }
  while (after != set.end() && after->first <= range.end) {
    range.end = std::max(range.end, after->second);
    after = set.erase(after);
  }
  set[range.start] = range.end;
}

bool ipv4_header_ok(std::span<const std::byte> frame, const Segment& segment) {
  const std::size_t length = segment.l4_offset - segment.l3_offset;
  if (!segment.source.address.is_v4()) return true;
  return checksum_sum(frame.subspan(segment.l3_offset, length)) == 0xffff;
}

}  // namespace

Witness::Flow& Witness::flow_of(const Segment& segment, PortId came_on) {
  const bool is_data = came_on == config_.data_from;
  const Endpoint& receiver = is_data ? segment.destination : segment.source;
  const Endpoint& sender = is_data ? segment.source : segment.destination;
  return flows_[(std::uint32_t{sender.port} << 16) | receiver.port];
}

void Witness::arrived(PortId port, std::span<const std::byte> frame, Instant now) {
  if (config_.bit_exact) {
    expected_[static_cast<std::size_t>(opposite(port))].emplace_back(frame.begin(), frame.end());
    return;
  }
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp) return;
  Flow& flow = flow_of(segment, port);
  if (segment.flags.syn || segment.flags.rst || segment.flags.fin)
    flow.control.push_back({now, segment.seq, port});
  if (segment.flags.syn && port == config_.data_from) {
    flow.data_initial = segment.seq;
    flow.known = true;
  }
  if (segment.flags.syn && port != config_.data_from) flow.ack_scale = segment.options.window_scale;
  std::uint32_t& newest_ts = port == config_.data_from ? flow.data_ts : flow.ack_ts;
  if (static_cast<std::int32_t>(segment.options.ts_value - newest_ts) > 0 || newest_ts == 0)
    newest_ts = segment.options.ts_value;
  if (!flow.known) return;
  if (port == config_.data_from)
    arrived_data(flow, segment, now);
  else
    arrived_ack(flow, segment, now);
  check_holds(flow, now);
}

void Witness::arrived_data(Flow& flow, const Segment& segment, Instant now) {
  const std::uint64_t start = offset_from(flow.data_initial, segment.seq, flow.highest_in);
  const std::uint64_t end = start + segment.payload_length;
  if (segment.flags.fin) flow.fin_in = end;
  if (segment.payload_length == 0) return;
  ++flow.arrivals;
  // A copy of what the receiver did not report fills a hole there, whatever became of the first.
  const bool hole = end <= std::max(flow.highest_in, flow.fin_in) && end > flow.ack_in;
  if (hole && !covered(flow.reported, {start, end}))
    flow.filled.emplace(start, end + (segment.flags.fin ? 1 : 0));
  // Only the first arrival of a byte must leave; a copy may be found needless.
  if (covered(flow.came, {start, end})) {
    ++flow.copies[start];
    return;
  }
  add(flow.came, {start, end});
  flow.waiting.emplace(start, Waiting{now, flow.arrivals, end});
  if (end > flow.highest_in) flow.newest_in = start;
  flow.highest_in = std::max(flow.highest_in, end);
}

void Witness::arrived_ack(Flow& flow, const Segment& segment, Instant now) {
  if (!segment.flags.ack) return;
  const std::uint64_t ack = offset_from(flow.data_initial, segment.ack, flow.ack_in);
  if (static_cast<std::int64_t>(ack - flow.ack_in) > 0) {
    flow.ack_in = ack;
    if (ack > flow.ack_out) flow.news.push_back({now, ack});
  }
  const unsigned scale = segment.flags.syn ? 0U : flow.ack_scale;
  flow.edge_in = std::max(flow.edge_in, ack + (std::uint64_t{segment.window} << scale));
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    const SackBlock& block = segment.options.sack[i];
    const std::uint64_t start = offset_from(flow.data_initial, block.start, flow.ack_in);
    add(flow.reported, {start, start + static_cast<std::uint32_t>(block.end - block.start)});
  }
  flow.recent_in.push_back({segment.ack, segment.window});
  if (flow.recent_in.size() > kRecent) flow.recent_in.pop_front();
}

void Witness::left(PortId port, std::span<const std::byte> frame, Instant now) {
  if (config_.bit_exact) return check_exact(port, frame, now);
  Segment segment;
  if (parse_frame(frame, segment) != FrameKind::tcp)
    return blame(now, "a frame left that is no TCP");
  if (!tcp_checksum_ok(frame, segment) || !ipv4_header_ok(frame, segment))
    blame(now, "a frame left with a wrong checksum");
  const PortId came_on = opposite(port);
  Flow& flow = flow_of(segment, came_on);
  if (segment.flags.syn || segment.flags.rst || segment.flags.fin)
    left_control(flow, came_on, segment, now);
  if (!flow.known) return;
  if (segment.flags.rst && port == config_.data_from) flow.reset = true;
  check_timestamps(flow, came_on, segment, now);
  if (came_on == config_.data_from)
    left_data(flow, segment, frame, now);
  else
    left_ack(flow, segment, now);
  check_holds(flow, now);
}

/// A TSval from the future would make its owner's next segments look old (PAWS); a TSecr must be
/// one its reader sent.
void Witness::check_timestamps(Flow& flow, PortId came_on, const Segment& segment, Instant now) {
  if (!segment.options.has_timestamps) return;
  const bool data = came_on == config_.data_from;
  const auto ahead = [](std::uint32_t a, std::uint32_t b) {
    return static_cast<std::int32_t>(a - b) > 0;
  };
  if (ahead(segment.options.ts_value, data ? flow.data_ts : flow.ack_ts))
    blame(now, "a TSval left that its owner has not reached");
  if (segment.options.ts_echo != 0 &&
      ahead(segment.options.ts_echo, data ? flow.ack_ts : flow.data_ts))
    blame(now, "a TSecr left that its reader never sent");
}

void Witness::left_control(Flow& flow, PortId came_on, const Segment& segment, Instant now) {
  const auto it = std::ranges::find_if(
      flow.control, [&](const Control& c) { return c.port == came_on && c.seq == segment.seq; });
  if (it == flow.control.end()) return;
  if (now - it->since > limit() && !config_.custody)
    blame(now, "a SYN, FIN or RST was held longer than the cap");
  flow.control.erase(it);
}

void Witness::left_data(Flow& flow, const Segment& segment, std::span<const std::byte> frame,
                        Instant now) {
  if (segment.payload_length == 0) return;
  const std::uint64_t start = offset_from(flow.data_initial, segment.seq, flow.highest_in);
  if (!is_stream_at(start, frame.subspan(segment.payload_offset, segment.payload_length)))
    blame(now, "payload or sequence number changed at offset " + std::to_string(start));
  if (start + segment.payload_length > flow.highest_in)
    return blame(now, "data left that never came, offset " + std::to_string(start));
  const auto it = flow.waiting.find(start);
  if (it == flow.waiting.end()) {
    const auto copy = flow.copies.find(start);
    if (copy == flow.copies.end()) {
      ++local_copies_;
    } else if (--copy->second == 0) {
      flow.copies.erase(copy);
    }
    return;
  }
  const Nanos hold = now - it->second.since;
  longest_hold_ = max(longest_hold_, hold);
  if (hold > limit() && !config_.custody)
    blame(now, "data was held " + std::to_string(hold.count() / 1'000'000) + " ms, offset " +
                   std::to_string(start));
  for (auto below = flow.waiting.begin(); below != it; ++below) {
    if (below->second.order < it->second.order)
      blame(now, "data left in worse order than it came, offset " + std::to_string(start) +
                     " before " + std::to_string(below->first));
  }
  flow.waiting.erase(it);
}

void Witness::left_ack(Flow& flow, const Segment& segment, Instant now) {
  if (!segment.flags.ack) return;
  const std::uint64_t ack = offset_from(flow.data_initial, segment.ack, flow.ack_in);
  // The newest segment and FIN are never acknowledged early.
  const std::uint64_t limit = config_.custody ? std::max(flow.ack_in, flow.newest_in) : flow.ack_in;
  if (static_cast<std::int64_t>(ack - limit) > 0)
    blame(now, "ACK beyond what the receiver acknowledged: " + std::to_string(ack));
  check_blocks(flow, segment, ack, now);
  check_edge(flow, segment, ack, now);
  flow.ack_out = std::max(flow.ack_out, ack);
  while (!flow.news.empty() && flow.news.front().ack <= flow.ack_out) flow.news.pop_front();
}

void Witness::check_blocks(Flow& flow, const Segment& segment, std::uint64_t ack, Instant now) {
  const auto range_of = [&](const SackBlock& block) {
    const std::uint64_t start = offset_from(flow.data_initial, block.start, flow.ack_in);
    return Range{start, start + static_cast<std::uint32_t>(block.end - block.start)};
  };
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    const Range range = range_of(segment.options.sack[i]);
    if (covered(flow.reported, range)) continue;
    std::optional<Range> second;
    if (segment.options.sack_count > 1) second = range_of(segment.options.sack[1]);
    if (i > 0 || !is_undo(flow, range, ack, second))
      blame(now, "SACK of bytes the receiver never reported");
  }
}

bool Witness::is_undo(Flow& flow, Range range, std::uint64_t ack, std::optional<Range> second) {
  const bool reported =
      range.end <= ack || (second && second->start <= range.start && range.end <= second->end);
  const auto [from, to] = flow.filled.equal_range(range.start);
  const auto it =
      std::find_if(from, to, [&](const auto& entry) { return entry.second == range.end; });
  if (!reported || it == to) return false;
  flow.filled.erase(it);
  return true;
}

void Witness::check_edge(Flow& flow, const Segment& segment, std::uint64_t ack, Instant now) {
  const unsigned scale = segment.flags.syn ? 0U : flow.ack_scale;
  const std::uint64_t edge = ack + (std::uint64_t{segment.window} << scale);
  if (edge > flow.edge_in) blame(now, "right edge beyond the receiver's own");
  if (edge < flow.edge_out) {
    const bool as_it_came = std::ranges::any_of(flow.recent_in, [&](const Shown& s) {
      return s.ack == segment.ack && s.window == segment.window;
    });
    if (!as_it_came) blame(now, "right edge retreated by " + std::to_string(flow.edge_out - edge));
  }
  flow.edge_out = std::max(flow.edge_out, edge);
}

void Witness::check_holds(Flow& flow, Instant now) {
  while (!flow.news.empty() && now - flow.news.front().since > limit()) {
    blame(now, "an advancing ACK was held longer than the cap");
    flow.news.pop_front();
  }
  std::erase_if(flow.control, [&](const Control& c) {
    // In custody a FIN waits behind its data for as long as that takes.
    if (now - c.since <= limit() || config_.custody) return false;
    blame(now, "a SYN, FIN or RST never left within the cap");
    return true;
  });
}

void Witness::check_exact(PortId port, std::span<const std::byte> frame, Instant now) {
  auto& expected = expected_[static_cast<std::size_t>(port)];
  if (expected.empty()) return blame(now, "a frame left that never came");
  if (!std::ranges::equal(expected.front(), frame))
    blame(now, "a frame left changed or out of order");
  expected.pop_front();
}

void Witness::finish(Instant now) {
  for (const auto& expected : expected_)
    if (!expected.empty()) blame(now, std::to_string(expected.size()) + " frames never left");
  for (auto& [key, flow] : flows_) {
    check_holds(flow, now);
    if (flow.ack_out > flow.ack_in && !flow.reset)
      blame(now, std::to_string(flow.ack_out - flow.ack_in) +
                     " bytes acknowledged early were neither delivered nor the connection reset");
    for (const auto& [offset, waiting] : flow.waiting)
      if (now - waiting.since > limit())
        blame(now, "data never left, offset " + std::to_string(offset));
  }
}

void Witness::blame(Instant now, const std::string& sentence) {
  ++violations_;
  if (sentences_.size() < kSentences)
    sentences_.push_back(std::to_string(now.ns() / 1000) + " us: " + sentence);
}

}  // namespace gimbal::sim
