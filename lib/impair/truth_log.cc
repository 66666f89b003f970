#include "impair/truth_log.h"

#include <algorithm>
#include <bit>

namespace gimbal::impair {

TruthRecord make_truth_record(const Admission& admission, PortId from, std::uint32_t frame_bytes,
                              std::uint32_t flow_hash, Instant start) noexcept {
  const auto since_start = [start](Instant at) {
    return at == Instant::never() ? std::int64_t{-1} : (at - start).count();
  };
  TruthRecord record;
  record.enqueued = since_start(admission.enqueued);
  record.dequeued = since_start(admission.dequeued_at);
  record.released = since_start(admission.release_at);
  record.flow_hash = flow_hash;
  record.backlog_bytes = admission.backlog_bytes;
  record.frame_bytes = frame_bytes;
  record.from = static_cast<std::uint8_t>(from);
  record.cause = static_cast<std::uint8_t>(admission.cause);
  record.lane = admission.lane;
  record.marks = static_cast<std::uint8_t>((admission.duplicated ? kMarkDuplicated : 0) |
                                           (admission.corruption != 0 ? kMarkCorrupted : 0) |
                                           (admission.marked ? kMarkCongestion : 0));
  return record;
}

TruthRing::TruthRing(std::size_t capacity) : slots_(std::bit_ceil(capacity == 0 ? 1 : capacity)) {}

void TruthRing::push(const TruthRecord& record) noexcept {
  const std::uint64_t at = written_.load(std::memory_order_relaxed);
  if (at - read_seen_ == slots_.size()) {
    read_seen_ = read_.load(std::memory_order_acquire);
    if (at - read_seen_ == slots_.size()) {
      lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return;
    }
  }
  slots_[at & (slots_.size() - 1)] = record;
  written_.store(at + 1, std::memory_order_release);
}

std::size_t TruthRing::pop(std::span<TruthRecord> out) noexcept {
  const std::uint64_t at = read_.load(std::memory_order_relaxed);
  const std::uint64_t ready = written_.load(std::memory_order_acquire) - at;
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(ready, out.size()));
  for (std::size_t i = 0; i < count; ++i) out[i] = slots_[(at + i) & (slots_.size() - 1)];
  read_.store(at + count, std::memory_order_release);
  return count;
}

}  // namespace gimbal::impair
