#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/seq32.h"
#include "packet/packet.h"
#include "wire/segment.h"

namespace gimbal {

/// The acknowledgment shown last, kept to be said again with a larger window while its receiver is
/// silent because what it should acknowledge waits here for order. Empty when it must not be
/// repeated: it reported holes, copies or marks, or data of the receiver's own went by since.
class ShownAck {
 public:
  static constexpr std::size_t kLongest = 14 + 4 + 40 + 60;

  /// `packet` as it goes out; `offered` is the raw window its receiver had put into it.
  void remember(const Packet& packet, const Segment& segment, std::uint16_t offered) noexcept {
    const std::span<const std::byte> frame = packet.bytes();
    length_ = 0;
    if (!segment.is_pure_ack() || segment.flags.ece || segment.options.sack_count > 0) return;
    if (frame.size() > kLongest) return;
    std::copy(frame.begin(), frame.end(), bytes_.begin());
    length_ = frame.size();
    ack_ = segment.ack;
    offered_ = offered;
    from_ = packet.port;
  }
  void forget() noexcept { length_ = 0; }

  [[nodiscard]] bool empty() const noexcept { return length_ == 0; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span<const std::byte>{bytes_}.first(length_);
  }
  [[nodiscard]] Seq32 ack() const noexcept { return ack_; }
  [[nodiscard]] std::uint16_t offered() const noexcept { return offered_; }
  /// The port it came in by.
  [[nodiscard]] PortId from() const noexcept { return from_; }

 private:
  std::array<std::byte, kLongest> bytes_{};
  std::size_t length_{0};
  Seq32 ack_;
  std::uint16_t offered_{0};
  PortId from_{};
};

}  // namespace gimbal
