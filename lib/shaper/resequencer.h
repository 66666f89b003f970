#pragma once

#include <cstdint>
#include <optional>

#include "base/seq32.h"
#include "base/time.h"
#include "packet/packet.h"
#include "shaper/hold_slots.h"

namespace gimbal {

/// Data segments of one half-flow that came ahead of a gap, until the gap fills or is given up.
/// They leave in sequence order. Slots come from the worker's `HoldSlots`; an empty resequencer
/// holds none. Pure: it says what may leave, the caller sends it.
class Resequencer {
 public:
  explicit Resequencer(HoldSlots& slots) noexcept : slots_{&slots} {}

  /// Data up to here has been passed on, or will not be waited for.
  [[nodiscard]] Seq32 next() const noexcept { return next_; }
  void start(Seq32 next) noexcept { next_ = next; }
  /// A segment was passed on without a hold.
  void passed(Seq32 end) noexcept { next_ = max(next_, end); }
  /// Takes the packet's reference. False when no slot is left; then nothing changed.
  [[nodiscard]] bool hold(Seq32 seq, Seq32 end, const Packet& packet, Instant now) noexcept;

  /// The next segment that may leave: the gap before it is filled, or has been waited for as long
  /// as `window`. Its reference goes to the caller. `gave_up` says that a gap was passed over.
  struct Release {
    Packet packet;
    bool gave_up{false};
  };
  [[nodiscard]] std::optional<Release> release(Nanos window, Instant now) noexcept;
  /// As `release`, waiting for nothing.
  [[nodiscard]] std::optional<Release> flush() noexcept;

  [[nodiscard]] bool empty() const noexcept { return root_ == HoldSlots::kNone; }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  /// When `release` will have something, for the same window.
  [[nodiscard]] Instant deadline(Nanos window) const noexcept;

 private:
  [[nodiscard]] std::uint32_t merge(std::uint32_t a, std::uint32_t b) noexcept;
  [[nodiscard]] Release pop() noexcept;

  HoldSlots* slots_;
  Seq32 next_;
  std::uint32_t root_{HoldSlots::kNone};    ///< Skew heap by sequence number.
  std::uint32_t oldest_{HoldSlots::kNone};  ///< List by arrival.
  std::uint32_t newest_{HoldSlots::kNone};
  std::uint32_t size_{0};
};

}  // namespace gimbal
