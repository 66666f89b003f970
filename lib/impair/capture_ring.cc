#include "impair/capture_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gimbal::impair {
namespace {

// Every head begins at a multiple of its own size's alignment, and fits wherever one begins.
constexpr std::uint64_t kAlign = 64;

constexpr std::uint64_t rounded(std::uint64_t bytes) noexcept {
  return (bytes + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

CaptureRing::CaptureRing(std::size_t capacity_bytes, std::uint32_t snap_bytes)
    : snap_bytes_{snap_bytes},
      // Twice the largest frame: one may have to skip the end of the memory.
      bytes_(std::bit_ceil(std::max<std::size_t>(
          capacity_bytes, 2 * static_cast<std::size_t>(rounded(sizeof(Head) + snap_bytes))))) {
  static_assert(sizeof(Head) <= kAlign);
}

bool CaptureRing::has_room(std::uint64_t until) noexcept {
  if (until - read_seen_ <= bytes_.size()) return true;
  read_seen_ = read_.load(std::memory_order_acquire);
  return until - read_seen_ <= bytes_.size();
}

bool CaptureRing::begin(std::span<const std::byte> bytes) noexcept {
  under_way_ = false;
  if (!open_.load(std::memory_order_relaxed)) return false;
  begun_bytes_ = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), snap_bytes_));
  begun_ = written_.load(std::memory_order_relaxed);
  const std::uint64_t size = rounded(sizeof(Head) + begun_bytes_);
  const std::size_t to_end = bytes_.size() - place(begun_);
  const bool skips = size > to_end;
  const std::uint64_t from = skips ? begun_ + to_end : begun_;
  under_way_ = has_room(from + size);
  if (!under_way_) {
    lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return false;
  }
  if (skips) {
    Head filler;
    filler.filler = true;
    std::memcpy(bytes_.data() + place(begun_), &filler, sizeof filler);
  }
  begun_ = from;
  // Not memcpy: an empty frame has no bytes to point to.
  std::copy_n(bytes.data(), begun_bytes_, bytes_.data() + place(begun_) + sizeof(Head));
  return true;
}

void CaptureRing::commit(const TruthRecord& record, Shows shows) noexcept {
  if (!under_way_) return;
  under_way_ = false;
  const Head head{record, begun_bytes_, shows, false};
  std::memcpy(bytes_.data() + place(begun_), &head, sizeof head);
  written_.store(begun_ + rounded(sizeof(Head) + begun_bytes_), std::memory_order_release);
}

std::optional<CaptureRing::Frame> CaptureRing::pop() noexcept {
  read_.store(popped_, std::memory_order_release);
  if (popped_ == written_.load(std::memory_order_acquire)) return std::nullopt;
  Head head;
  std::memcpy(&head, bytes_.data() + place(popped_), sizeof head);
  if (head.filler) {
    popped_ += bytes_.size() - place(popped_);
    std::memcpy(&head, bytes_.data() + place(popped_), sizeof head);
  }
  const std::byte* const bytes = bytes_.data() + place(popped_) + sizeof head;
  popped_ += rounded(sizeof head + head.captured);
  return Frame{head.record, head.shows, {bytes, head.captured}};
}

}  // namespace gimbal::impair
