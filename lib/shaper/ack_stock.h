#pragma once

#include <cstdint>

#include "base/seq32.h"
#include "base/time.h"

namespace gimbal {

/// The last few segments of a sender whose window is about to close, kept from being answered for
/// at once: each later acknowledgment that covers one restarts the sender's retransmission timer
/// (RFC 6298 5.3), so it waits for the far leg instead of falling back to one segment. The newest
/// segment is never among what is handed out.
class AckStock {
 public:
  static constexpr std::uint32_t kSegments = 8;
  /// Well below the 200 ms that Linux waits at least, a late worker included.
  static constexpr Nanos kStep = Nanos::millis(120);
  /// A sender silent for so long, with room to go on, has no more to send now.
  static constexpr Nanos kSettle = Nanos::millis(2);

  struct View {
    Seq32 newest;       ///< Start of the newest segment: as far as claims may go at all.
    Seq32 kept;         ///< Start of the first segment of the stock.
    Seq32 next;         ///< Start of the second segment that is not acknowledged.
    std::int32_t room;  ///< Bytes the sender may still send.
    std::uint32_t mss;
    bool repeated;    ///< It sent something again: its timer has fired.
    Instant data_at;  ///< When its newest segment came.
    Nanos near_rtt;
    Instant now;
  };
  /// Where claims may end now.
  [[nodiscard]] Seq32 end(const View& view) noexcept;
  /// When `end` will allow more without anything arriving.
  [[nodiscard]] Instant wake() const noexcept { return wake_; }
  void rest() noexcept { wake_ = Instant::never(); }

 private:
  Instant wake_{Instant::never()};
};

}  // namespace gimbal
