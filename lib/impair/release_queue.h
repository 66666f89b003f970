#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace gimbal::impair {

/// What waits for its time, earliest first; equal times leave in the order they were pushed.
/// Fixed capacity: allocates in the constructor only. `T` is trivially copyable and small.
///
/// What comes in order of its time, nearly all of what most paths carry, stands in a line and costs
/// the same however much waits; only what overtakes goes to a heap.
template <class T>
class ReleaseQueue {
 public:
  struct Due {
    Instant release_at;
    T payload;
  };

  explicit ReleaseQueue(std::size_t capacity)
      : capacity_{capacity}, line_(std::bit_ceil(capacity == 0 ? 1 : capacity)) {
    heap_.reserve(capacity);
  }

  [[nodiscard]] std::size_t size() const noexcept { return in_line() + heap_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] bool full() const noexcept { return size() == capacity_; }

  /// False when full: the caller still owns the payload and counts the loss as
  /// `DropCause::memory`.
  [[nodiscard]] bool push(const T& payload, Instant release_at) noexcept {
    if (full()) return false;
    const Entry entry{release_at, sequence_++, payload};
    if (head_ == tail_) {
      head_ = tail_ = 0;  // The same few cache lines again and again while little waits.
    } else if (release_at < at(tail_ - 1).release_at) {
      heap_.push_back(entry);
      std::push_heap(heap_.begin(), heap_.end(), Later{});
      return true;
    }
    at(tail_++) = entry;
    return true;
  }

  /// When the next one is due; `Instant::never()` when empty.
  [[nodiscard]] Instant next_due() const noexcept {
    const Instant first = head_ == tail_ ? Instant::never() : at(head_).release_at;
    return heap_.empty() ? first : min(first, heap_.front().release_at);
  }

  /// Takes the earliest one if its time has come.
  [[nodiscard]] std::optional<Due> pop_due(Instant now) noexcept {
    const bool from_line = head_ != tail_ && (heap_.empty() || Later{}(heap_.front(), at(head_)));
    if (from_line) {
      const Entry& first = at(head_);
      if (first.release_at > now) return std::nullopt;
      ++head_;
      return Due{first.release_at, first.payload};
    }
    if (heap_.empty() || heap_.front().release_at > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Due due{heap_.back().release_at, heap_.back().payload};
    heap_.pop_back();
    return due;
  }

 private:
  struct Entry {
    Instant release_at{};
    std::uint64_t sequence{0};
    T payload{};
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const noexcept {
      return a.release_at != b.release_at ? a.release_at > b.release_at : a.sequence > b.sequence;
    }
  };

  [[nodiscard]] std::size_t in_line() const noexcept { return tail_ - head_; }
  [[nodiscard]] Entry& at(std::size_t place) noexcept { return line_[place & (line_.size() - 1)]; }
  [[nodiscard]] const Entry& at(std::size_t place) const noexcept {
    return line_[place & (line_.size() - 1)];
  }

  std::size_t capacity_;
  std::vector<Entry> line_;  // Size is a power of two.
  std::size_t head_{0};
  std::size_t tail_{0};
  std::vector<Entry> heap_;
  std::uint64_t sequence_{0};
};

}  // namespace gimbal::impair
