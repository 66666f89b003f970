#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace gimbal {

/// `count` objects of T in one aligned block, made once at start-up and touched there, so that the
/// packet path neither allocates nor takes a page fault. Large blocks are aligned to, and asked to
/// be backed by, huge pages: a flow lookup is two cache misses and should not be two TLB misses.
template <class T>
class Slab {
  static_assert(std::is_trivially_destructible_v<T>, "objects are reused, never destroyed");

 public:
  explicit Slab(std::size_t count) : count_{count} {
    const std::size_t alignment = bytes() >= kHugePage ? kHugePage : kCacheLine;
    void* block = ::operator new (bytes(), std::align_val_t{alignment});
    // Advice only: without huge pages everything works, a little slower.
    if (alignment == kHugePage) static_cast<void>(madvise(block, bytes(), MADV_HUGEPAGE));
    data_ = static_cast<T*>(block);
    for (std::size_t i = 0; i < count; ++i) std::construct_at(data_ + i);
  }
  ~Slab() {
    ::operator delete (data_, std::align_val_t{bytes() >= kHugePage ? kHugePage : kCacheLine});
  }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] const T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return count_ * sizeof(T); }

 private:
  static constexpr std::size_t kCacheLine = alignof(T) > 64 ? alignof(T) : 64;
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;

  std::size_t count_;
  T* data_;
};

}  // namespace gimbal
