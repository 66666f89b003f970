#pragma once

#include <atomic>

namespace gimbal::impair {

/// One value on its way from the control thread to the worker, at most one at a time. Neither side
/// waits or allocates.
template <class T>
class Mailbox {
 public:
  /// control: false while the worker has not taken the last one.
  bool offer(const T& value) noexcept {
    if (full_.load(std::memory_order_acquire)) return false;
    value_ = value;
    full_.store(true, std::memory_order_release);
    return true;
  }
  [[nodiscard]] bool taken() const noexcept { return !full_.load(std::memory_order_acquire); }

  /// worker: hands the value to `use`, if there is one.
  template <class Use>
  void take(Use&& use) noexcept {
    if (!full_.load(std::memory_order_acquire)) return;
    use(value_);
    full_.store(false, std::memory_order_release);
  }

 private:
  T value_{};                      // Whose turn it is says full_.
  std::atomic<bool> full_{false};  // control: sets, worker: clears
};

}  // namespace gimbal::impair
