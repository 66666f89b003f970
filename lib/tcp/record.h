#pragma once

#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"
#include "packet/packet.h"

namespace gimbal {

/// Where a segment stands between us and its receiver.
enum class Delivery : std::uint8_t {
  waiting,    ///< Came from the sender, not sent on yet: paced.
  in_flight,  ///< Sent on, neither acknowledged nor given up.
  lost,       ///< Judged lost, to be sent again.
  sacked,     ///< The receiver reported it above a hole.
  abandoned,  ///< Lost and beyond our help: left to its sender.
};

/// One segment of a half-flow on its far leg. Records of a flight lie in sequence order in a ring;
/// `next`/`previous` chain those in flight in order of their last transmission, and those lost in
/// order of detection (ring positions, not indexes: stable while the ring grows).
struct Record {
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  Packet packet{};       ///< One reference held; `handle` null when there is no copy.
  Instant arrived_at{};  ///< When the sender's copy reached us.
  Instant first_sent_at{};
  Instant sent_at{};                   ///< Last transmission on the far leg.
  std::uint64_t delivered_at_send{0};  ///< Flight's delivered bytes at that moment.
  Instant delivered_time_at_send{};
  Seq32 seq;
  std::uint32_t length{0};  ///< Sequence space occupied, FIN included.
  std::uint32_t next{kNone};
  std::uint32_t previous{kNone};
  std::uint8_t transmissions{0};
  std::uint8_t loss_batch{0};  ///< Which scan judged it lost (Flight::detect_losses).
  Delivery delivery{Delivery::waiting};
  bool resent_by_sender{false};
  bool judged_lost{false};  ///< At least once.

  [[nodiscard]] Seq32 end() const noexcept { return seq + length; }
  [[nodiscard]] bool has_copy() const noexcept { return packet.handle != nullptr; }
};
static_assert(sizeof(Record) <= 96);

}  // namespace gimbal
