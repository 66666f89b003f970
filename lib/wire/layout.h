#pragma once

#include <cstddef>
#include <cstdint>

namespace gimbal {

/// Numbers of the headers read and written in this folder. Internal to lib/wire.

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::size_t kMaxTcpOptions = 40;

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;         ///< 802.1Q
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;  ///< 802.1ad

inline constexpr std::uint8_t kProtocolTcp = 6;

/// TCP option kinds, with the length each must have where it is fixed.
inline constexpr std::uint8_t kOptionEnd = 0;
inline constexpr std::uint8_t kOptionNop = 1;
inline constexpr std::uint8_t kOptionMss = 2;              ///< 4 bytes, RFC 9293 3.2.
inline constexpr std::uint8_t kOptionWindowScale = 3;      ///< 3 bytes, RFC 7323 2.2.
inline constexpr std::uint8_t kOptionSackPermitted = 4;    ///< 2 bytes, RFC 2018 2.
inline constexpr std::uint8_t kOptionSack = 5;             ///< 2 + 8n bytes, RFC 2018 3.
inline constexpr std::uint8_t kOptionTimestamps = 8;       ///< 10 bytes, RFC 7323 3.2.
inline constexpr std::uint8_t kOptionMd5 = 19;             ///< RFC 2385.
inline constexpr std::uint8_t kOptionAuthentication = 29;  ///< RFC 5925.
inline constexpr std::uint8_t kOptionMultipath = 30;       ///< RFC 8684.

/// Offsets from the TCP header.
inline constexpr std::size_t kTcpAck = 8;
inline constexpr std::size_t kTcpWindow = 14;
inline constexpr std::size_t kTcpChecksum = 16;

}  // namespace gimbal
