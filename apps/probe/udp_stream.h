#pragma once

#include <optional>
#include <vector>

#include "probe/arrivals.h"
#include "probe/socket.h"
#include "probe/udp_arrivals.h"
#include "probe/udp_packet.h"

namespace gimbal::probe {

/// Nanoseconds as datagrams carry them.
inline std::uint64_t stamp(Clock::time_point now) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count());
}

/// One end of a udp session: paces its own datagrams, judges the other's.
class UdpStream {
 public:
  /// Sends `rate` a second (0: none) of `size` bytes from `start` for `span`.
  UdpStream(std::uint64_t session, double rate, std::size_t size, Clock::time_point start,
            Clock::duration span, std::string way)
      : session_{session},
        packet_(size),
        end_{start + span},
        pace_{start, std::max(rate, 1e-9), false, 0},
        due_{rate > 0 ? pace_.next() : Clock::time_point::max()},
        arrivals_{std::move(way), start} {}

  /// When the next datagram is due; the end of time once all are sent.
  [[nodiscard]] Clock::time_point due() const noexcept {
    return due_ < end_ ? due_ : Clock::time_point::max();
  }

  /// The next datagram, stamped with the time it is asked for. Call when one is due.
  std::span<const std::byte> next_packet(Clock::time_point now) {
    UdpPacket packet;
    packet.session = session_;
    packet.number = sent_++;
    packet.sent_ns = stamp(now);
    if (heard_) {
      packet.echo_ns = heard_->sent_ns;
      packet.held_ns = stamp(now) - stamp(heard_at_);
    }
    packet.write(packet_);
    due_ = pace_.next();
    return packet_;
  }

  /// Takes a datagram of the other end; the round trip it tells of, if it does.
  std::optional<Clock::duration> take(const UdpPacket& packet, std::span<const std::byte> bytes,
                                      Clock::time_point now) {
    arrivals_.observe(packet.number, packet.sent_ns, now, packet.is_right(bytes));
    // An overtaken datagram must not take the echo back in time.
    if (!heard_ || packet.number > heard_->number) {
      heard_ = packet;
      heard_at_ = now;
    }
    if (packet.echo_ns == 0) return std::nullopt;
    const auto trip = static_cast<std::int64_t>(stamp(now) - packet.echo_ns - packet.held_ns);
    return std::chrono::nanoseconds{std::max<std::int64_t>(trip, 0)};
  }

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] const UdpArrivals& arrivals() const noexcept { return arrivals_; }

 private:
  std::uint64_t session_;
  std::vector<std::byte> packet_;
  Clock::time_point end_;
  Arrivals pace_;
  Clock::time_point due_;
  UdpArrivals arrivals_;
  std::uint64_t sent_{0};
  std::optional<UdpPacket> heard_;
  Clock::time_point heard_at_;
};

}  // namespace gimbal::probe
