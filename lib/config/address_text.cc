#include "config/address_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gimbal {

namespace {

constexpr std::uint8_t kMappedBits = 96;

template <class T>
std::optional<T> parse_number(std::string_view text, T high) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > high) return std::nullopt;
  return value;
}

IpAddress masked(IpAddress address, unsigned bits) noexcept {
  for (unsigned i = bits; i < 128; ++i)
    address.bytes[i / 8] = static_cast<std::uint8_t>(address.bytes[i / 8] & ~(0x80U >> (i % 8)));
  return address;
}

bool is_loopback(const IpAddress& address) noexcept {
  if (address.is_v4()) return address.bytes[12] == 127;
  IpAddress loopback;
  loopback.bytes[15] = 1;
  return address == loopback;
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::string copy{text};
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, copy.c_str(), v4.data()) == 1)
    return IpAddress::v4(v4[0], v4[1], v4[2], v4[3]);
  IpAddress v6;
  if (inet_pton(AF_INET6, copy.c_str(), v6.bytes.data()) == 1) return v6;
  return std::nullopt;
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4())
    inet_ntop(AF_INET, &address.bytes[12], text.data(), text.size());
  else
    inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  return text.data();
}

Result<IpPrefix> parse_ip_prefix(std::string_view text) {
  constexpr auto kMend = "must be a prefix such as 10.0.0.0/8 or 2001:db8::/32";
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return Error{"", kMend};
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned longest = dotted ? 32 : 128;
  unsigned length = longest;
  if (slash != std::string_view::npos) {
    const auto given = parse_number<unsigned>(text.substr(slash + 1), longest);
    if (!given)
      return Error{"", std::string{kMend} + ", length at most " + std::to_string(longest)};
    length = *given;
  }
  const unsigned bits = dotted ? kMappedBits + length : length;
  const IpPrefix prefix{masked(*address, bits), static_cast<std::uint8_t>(bits)};
  if (prefix.address != *address)
    return Error{"", "has address bits beyond its length: write '" + to_text(prefix) + "'"};
  return prefix;
}

std::string to_text(const IpPrefix& prefix) {
  const bool v4 = prefix.bits >= kMappedBits && prefix.address.is_v4();
  const int length = v4 ? prefix.bits - kMappedBits : prefix.bits;
  return to_text(prefix.address) + '/' + std::to_string(length);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  constexpr auto kMend = "must be ADDRESS:PORT such as 127.0.0.1:8480 or [::1]:8480";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return Error{"", kMend};
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_ip_address(host);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 65535);
  const bool is_v6 = host.find(':') != std::string_view::npos;
  if (!address || !port || is_v6 != bracketed) return Error{"", kMend};
  if (!is_loopback(*address))
    return Error{
        "", "not a loopback address: use 127.0.0.1 or [::1] (no authentication in this version)"};
  return ListenAddress{std::string{host}, *port};
}

std::string to_text(const ListenAddress& listen) {
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  return (is_v6 ? '[' + listen.address + ']' : listen.address) + ':' + std::to_string(listen.port);
}

}  // namespace gimbal
