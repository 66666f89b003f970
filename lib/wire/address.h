#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace gimbal {

/// An IP address of either family, 16 bytes in network order. IPv4 is kept in its IPv4-mapped form
/// (::ffff:a.b.c.d, RFC 4291 2.5.5.2), so one comparison and one hash serve both families.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c,
                                std::uint8_t d) noexcept {
    return IpAddress{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
  }
  [[nodiscard]] constexpr bool is_v4() const noexcept {
    for (int i = 0; i < 10; ++i)
      if (bytes[static_cast<std::size_t>(i)] != 0) return false;
    return bytes[10] == 0xff && bytes[11] == 0xff;
  }
  friend constexpr bool operator==(const IpAddress&, const IpAddress&) noexcept = default;
};

/// One end of a TCP connection. Ports in host order.
struct Endpoint {
  IpAddress address;
  std::uint16_t port{0};
  friend constexpr bool operator==(const Endpoint&, const Endpoint&) noexcept = default;
};

}  // namespace gimbal
