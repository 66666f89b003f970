#pragma once

#include <optional>
#include <span>
#include <utility>

#include "io_pcap/pcap_io.h"
#include "replay/ledger.h"

namespace gimbal::replay {

/// A capture as a PacketIo with a ledger looking on. One frame a turn, so that what moves in a turn
/// belongs to that frame.
class WatchedIo {
 public:
  /// Arguments after `ledger` are PcapIo's.
  template <class... Arguments>
  explicit WatchedIo(Ledger& ledger, Arguments&&... arguments)
      : inner_{std::forward<Arguments>(arguments)...}, ledger_{&ledger} {}

  [[nodiscard]] std::optional<Instant> next_arrival() const noexcept {
    return inner_.next_arrival();
  }
  /// `capture` on the capture's clock, `now` on the worker's.
  void advance(Instant capture, Instant now) noexcept {
    inner_.advance(capture);
    now_ = now;
    turn_used_ = false;
  }

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    if (turn_used_) return 0;
    const std::size_t n = inner_.receive(port, out.first(1));
    if (n == 0) return 0;
    turn_used_ = true;
    ledger_->received(out.front(), now_);
    return n;
  }
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    for (const Packet& packet : in) ledger_->transmitted(packet, now_);
    return inner_.transmit(port, in);
  }
  void retain(const Packet& packet) noexcept { inner_.retain(packet); }
  void release(const Packet& packet) noexcept {
    ledger_->releasing(packet);
    inner_.release(packet);
  }
  std::optional<Packet> allocate(std::uint32_t length) noexcept { return inner_.allocate(length); }

  [[nodiscard]] const PcapIo& capture() const noexcept { return inner_; }

 private:
  PcapIo inner_;
  Ledger* ledger_;
  Instant now_{};
  bool turn_used_{false};
};

static_assert(PacketIo<WatchedIo>);

}  // namespace gimbal::replay
