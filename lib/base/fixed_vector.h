#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace gimbal {

/// Up to N values in place. `push` on a full vector is refused, not an error: the caller decides
/// what a lost value means.
template <class T, std::size_t N>
class FixedVector {
 public:
  constexpr bool push(const T& value) noexcept {
    if (size_ == N) return false;
    items_[size_++] = value;
    return true;
  }
  constexpr void clear() noexcept { size_ = 0; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] constexpr bool full() const noexcept { return size_ == N; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const noexcept { return items_[i]; }
  [[nodiscard]] constexpr T& operator[](std::size_t i) noexcept { return items_[i]; }
  [[nodiscard]] constexpr const T* begin() const noexcept { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const noexcept { return items_.data() + size_; }
  [[nodiscard]] constexpr std::span<const T> view() const noexcept {
    return {items_.data(), size_};
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_{0};
};

}  // namespace gimbal
