#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "impair/truth_log.h"

namespace gimbal::impair {

/// Frames with their fates on their way from the packet path to a capture file: one producer, one
/// consumer, memory fixed in the constructor and touched there. A full ring loses the frame and
/// counts it; the packet path never waits for a disk.
class CaptureRing {
 public:
  /// Which end of the packet's way the bytes show.
  enum class Shows : std::uint8_t {
    both,       ///< It arrived so and, when carried, left so.
    arrival,    ///< It arrived so; how it left comes next.
    departure,  ///< It left so: the emulator changed it.
  };
  struct Frame {
    TruthRecord record;
    Shows shows{Shows::both};
    std::span<const std::byte> bytes;  ///< At most `snap_bytes`; valid until the next `pop`.
  };

  /// Room for about `capacity_bytes` of frames, at least for one; of each the first `snap_bytes`.
  CaptureRing(std::size_t capacity_bytes, std::uint32_t snap_bytes);

  // packet path only
  /// Copies the bytes of a packet whose fate is not known yet, before anything edits them. False
  /// when there is no room: the frame is lost to the capture and `commit` does nothing.
  bool begin(std::span<const std::byte> bytes) noexcept;
  /// Completes what `begin` copied. Call once after each `begin`, whatever it answered.
  void commit(const TruthRecord& record, Shows shows) noexcept;

  // consumer only
  [[nodiscard]] std::optional<Frame> pop() noexcept;
  /// No more frames are wanted: from now on `begin` copies nothing and counts nothing as lost.
  void close() noexcept { open_.store(false, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t lost() const noexcept {  // any thread
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  struct Head {
    TruthRecord record;
    std::uint32_t captured{0};
    Shows shows{Shows::both};
    bool filler{false};  // Nothing here: the next one begins at the start of the memory.
  };

  [[nodiscard]] std::size_t place(std::uint64_t at) const noexcept {
    return static_cast<std::size_t>(at & (bytes_.size() - 1));
  }
  [[nodiscard]] bool has_room(std::uint64_t until) noexcept;

  std::uint32_t snap_bytes_;
  std::atomic<bool> open_{true};                       // consumer: w, packet path: ro
  std::vector<std::byte> bytes_;                       // Size is a power of two.
  alignas(64) std::atomic<std::uint64_t> written_{0};  // packet path: rw, consumer: ro
  std::uint64_t read_seen_{0};                         // packet path: its last look at read_
  std::uint64_t begun_{0};  // packet path: where the frame under way lies
  std::uint32_t begun_bytes_{0};
  bool under_way_{false};
  std::atomic<std::uint64_t> lost_{0};              // packet path: rw, others: ro
  alignas(64) std::atomic<std::uint64_t> read_{0};  // consumer: rw, packet path: ro
  std::uint64_t popped_{0};                         // consumer: end of what it looks at
};

}  // namespace gimbal::impair
