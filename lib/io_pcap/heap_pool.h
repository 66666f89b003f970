#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/check.h"
#include "packet/packet.h"

namespace gimbal {

/// A fixed set of packet buffers on the ordinary heap, with reference counts: what an mbuf pool is
/// to DPDK, for captures, tests and simulations. Everything is allocated by the constructor.
/// Header only, so that a test needs no libpcap. One thread.
///
/// Misuse aborts (GIMBAL_CHECK): releasing a free packet is the bug that corrupts a real pool.
class HeapPool {
 public:
  /// `packets` buffers of `capacity` bytes each.
  HeapPool(std::size_t packets, std::uint32_t capacity)
      : capacity_{capacity},
        bytes_{std::make_unique<std::byte[]>(packets * capacity)},
        slots_(packets) {
    free_.reserve(packets);
    for (std::size_t i = packets; i-- > 0;) {
      slots_[i].data = bytes_.get() + i * capacity;
      free_.push_back(&slots_[i]);
    }
  }
  HeapPool(const HeapPool&) = delete;
  HeapPool& operator=(const HeapPool&) = delete;

  /// A packet with one reference; nothing when the pool is spent or `length` exceeds the capacity.
  [[nodiscard]] std::optional<Packet> allocate(std::uint32_t length) noexcept {
    if (free_.empty() || length > capacity_) return std::nullopt;
    Slot* slot = free_.back();
    free_.pop_back();
    slot->references = 1;
    return Packet{slot->data, slot, length, PortId::lan};
  }
  void retain(const Packet& packet) noexcept {
    GIMBAL_CHECK(slot_of(packet).references > 0);
    ++slot_of(packet).references;
  }
  void release(const Packet& packet) noexcept {
    Slot& slot = slot_of(packet);
    GIMBAL_CHECK(slot.references > 0);
    if (--slot.references == 0) free_.push_back(&slot);
  }

  [[nodiscard]] std::uint32_t references(const Packet& packet) const noexcept {
    return slot_of(packet).references;
  }
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// Buffers somebody holds: zero after a clean stop.
  [[nodiscard]] std::size_t in_use() const noexcept { return slots_.size() - free_.size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

 private:
  struct Slot {
    std::byte* data{nullptr};
    std::uint32_t references{0};
  };
  static Slot& slot_of(const Packet& packet) noexcept { return *static_cast<Slot*>(packet.handle); }

  std::uint32_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;
  std::vector<Slot> slots_;
  std::vector<Slot*> free_;
};

}  // namespace gimbal
