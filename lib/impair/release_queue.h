#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace gimbal::impair {

/// What waits for its time, earliest first; equal times leave in the order they were pushed.
/// Fixed capacity: allocates in the constructor only. `T` is trivially copyable and small.
template <class T>
class ReleaseQueue {
 public:
  struct Due {
    Instant release_at;
    T payload;
  };

  explicit ReleaseQueue(std::size_t capacity) : capacity_{capacity} { heap_.reserve(capacity); }

  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] bool full() const noexcept { return heap_.size() == capacity_; }

  /// False when full: the caller still owns the payload and counts the loss as
  /// `DropCause::memory`.
  [[nodiscard]] bool push(const T& payload, Instant release_at) noexcept {
    if (full()) return false;
    heap_.push_back(Entry{release_at, sequence_++, payload});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
    return true;
  }

  /// When the next one is due; `Instant::never()` when empty.
  [[nodiscard]] Instant next_due() const noexcept {
    return heap_.empty() ? Instant::never() : heap_.front().release_at;
  }

  /// Takes the earliest one if its time has come.
  [[nodiscard]] std::optional<Due> pop_due(Instant now) noexcept {
    if (heap_.empty() || heap_.front().release_at > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Due due{heap_.back().release_at, heap_.back().payload};
    heap_.pop_back();
    return due;
  }

 private:
  struct Entry {
    Instant release_at;
    std::uint64_t sequence;
    T payload;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const noexcept {
      return a.release_at != b.release_at ? a.release_at > b.release_at : a.sequence > b.sequence;
    }
  };

  std::size_t capacity_;
  std::vector<Entry> heap_;
  std::uint64_t sequence_{0};
};

}  // namespace gimbal::impair
