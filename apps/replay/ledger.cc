#include "replay/ledger.h"

namespace gimbal::replay {

namespace {

bool is_held(std::size_t fate) {
  return fate == static_cast<std::size_t>(Fate::held_ack_superseded) ||
         fate == static_cast<std::size_t>(Fate::held_duplicate_ack) ||
         fate == static_cast<std::size_t>(Fate::held_queued_copy) ||
         fate == static_cast<std::size_t>(Fate::held_already_acked);
}

}  // namespace

void Ledger::received(const Packet& packet, Instant at) {
  if (!keep_) return;
  Entry entry;
  entry.at = at;
  entry.port = packet.port;
  entry.length = packet.length;
  entry.kind = parse_frame(packet.bytes(), entry.segment);
  newest_ = entries_.size();
  by_handle_[packet.handle] = newest_;
  entries_.push_back(entry);
}

void Ledger::transmitted(const Packet& packet, Instant at) {
  if (!keep_) return;
  const auto it = by_handle_.find(packet.handle);
  if (it == by_handle_.end()) return;
  Entry& entry = entries_[it->second];
  if (entry.left != Instant::never()) {
    ++entry.copies;
    return;
  }
  entry.left = at;
  sent_this_turn_.push_back(it->second);
}

void Ledger::releasing(const Packet& packet) {
  if (!keep_) return;
  const auto it = by_handle_.find(packet.handle);
  if (it == by_handle_.end()) return;
  // The worker counts a held fate just before it gives the packet back.
  if (const auto fate = moved(true)) entries_[it->second].fate = fate;
}

void Ledger::settle() {
  // What came in an earlier turn waited for its pace or its release; the rest is this turn's own.
  for (const std::size_t number : sent_this_turn_) {
    if (number == newest_) continue;
    const Fate fate =
        entries_[number].segment.sequence_length() > 0 ? Fate::pass_paced : Fate::pass_released;
    entries_[number].fate = fate;
    ++seen_[static_cast<std::size_t>(fate)];
  }
  for (const std::size_t number : sent_this_turn_)
    if (number == newest_) entries_[number].fate = moved(false);
  sent_this_turn_.clear();
  newest_ = SIZE_MAX;
  if (counters_ != nullptr) seen_ = counters_->fates;
}

std::optional<Fate> Ledger::moved(bool held) {
  for (std::size_t i = 0; i < kFateCount; ++i) {
    if (is_held(i) != held || counters_->fates[i] <= seen_[i]) continue;
    ++seen_[i];
    return static_cast<Fate>(i);
  }
  return std::nullopt;
}

}  // namespace gimbal::replay
