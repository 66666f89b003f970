#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "probe/pattern.h"

namespace gimbal::probe {

/// One datagram of the udp workload: 64 bytes of header, big-endian in the order of the members,
/// then the session's pattern. Both ends send the same shape.
struct UdpPacket {
  static constexpr std::size_t kHeaderSize = 64;
  static constexpr std::size_t kMaxSize = 9000;
  static constexpr std::uint32_t kMagic = 0x47505531;

  enum class Kind : std::uint8_t {
    start = 1,    ///< Client: begin; without the cookie of a `cookie` only that is answered.
    cookie = 2,   ///< Server: come again with this, so that I know you are where you say you are.
    started = 3,  ///< Server: the session runs.
    data = 4,     ///< Either: one of the stream.
    stop = 5,     ///< Client: I have sent `number` data; make the report.
    stopped = 6,  ///< Server: done; fetch it over TCP.
  };

  Kind kind{Kind::data};
  std::uint64_t session{0};  ///< Chosen by the client; also the report's id and the pattern's seed.
  std::uint64_t number{
      0};  ///< Data: in the order sent, from 0. Start: the cookie. Stop: the count.
  std::uint64_t sent_ns{0};  ///< By the sender's clock.
  std::uint64_t echo_ns{0};  ///< Data: `sent_ns` of the datagram received last; 0: none yet.
  std::uint64_t held_ns{0};  ///< Data: between that one's arrival and this one's departure.
  std::uint32_t rate{0};     ///< Start: datagrams per second the server shall send.
  std::uint32_t size{0};     ///< Start: of each of them, this header included.
  std::uint32_t millis{0};   ///< Start: for so long.

  /// Fills `out`, which has the datagram's size, at least `kHeaderSize`.
  void write(std::span<std::byte> out) const noexcept {
    put(out, 0, kMagic, 4);
    put(out, 4, static_cast<std::uint64_t>(kind), 4);
    put(out, 8, session, 8);
    put(out, 16, number, 8);
    put(out, 24, sent_ns, 8);
    put(out, 32, echo_ns, 8);
    put(out, 40, held_ns, 8);
    put(out, 48, rate, 4);
    put(out, 52, size, 4);
    put(out, 56, millis, 8);
    Pattern{session}.fill(out.subspan(kHeaderSize), number * out.size());
  }

  /// Nothing when it is not a datagram of this protocol.
  static std::optional<UdpPacket> parse(std::span<const std::byte> in) noexcept {
    if (in.size() < kHeaderSize || get(in, 0, 4) != kMagic) return std::nullopt;
    const std::uint64_t kind = get(in, 4, 4);
    if (kind < 1 || kind > 6) return std::nullopt;
    UdpPacket packet;
    packet.kind = static_cast<Kind>(kind);
    packet.session = get(in, 8, 8);
    packet.number = get(in, 16, 8);
    packet.sent_ns = get(in, 24, 8);
    packet.echo_ns = get(in, 32, 8);
    packet.held_ns = get(in, 40, 8);
    packet.rate = static_cast<std::uint32_t>(get(in, 48, 4));
    packet.size = static_cast<std::uint32_t>(get(in, 52, 4));
    packet.millis = static_cast<std::uint32_t>(get(in, 56, 8));
    return packet;
  }

  /// Whether every byte after the header is the right one.
  [[nodiscard]] bool is_right(std::span<const std::byte> in) const noexcept {
    return !Pattern{session}.first_difference(in.subspan(kHeaderSize), number * in.size());
  }

 private:
  static void put(std::span<std::byte> out, std::size_t at, std::uint64_t value,
                  std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i)
      out[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)));
  }
  static std::uint64_t get(std::span<const std::byte> in, std::size_t at,
                           std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = (value << 8) | std::to_integer<std::uint64_t>(in[at + i]);
    return value;
  }
};

}  // namespace gimbal::probe
