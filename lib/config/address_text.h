#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/address.h"

namespace gimbal {

/// IPv4 dotted or IPv6 (RFC 4291 2.2) text; nothing when it is neither.
std::optional<IpAddress> parse_ip_address(std::string_view text);
/// "10.0.0.1" or "2001:db8::1" (RFC 5952).
std::string to_text(const IpAddress& address);

/// A prefix over the IPv4-mapped form: "10.0.0.0/8" has 104 bits.
struct IpPrefix {
  IpAddress address{};
  std::uint8_t bits{0};  ///< 0..128.
};
/// "10.0.0.0/8", "2001:db8::/32", or one address alone. Bits set beyond the length are an error:
/// they are a slip more often than a wish. The Error has no `where`.
Result<IpPrefix> parse_ip_prefix(std::string_view text);
std::string to_text(const IpPrefix& prefix);

/// "127.0.0.1:8480" or "[::1]:8480".
struct ListenAddress {
  std::string address;  ///< Without brackets.
  std::uint16_t port{0};
};
/// Only loopback addresses are taken: the server has no authentication in this version. The Error
/// has no `where`.
Result<ListenAddress> parse_listen_address(std::string_view text);
std::string to_text(const ListenAddress& listen);

}  // namespace gimbal
