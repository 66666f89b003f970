#include "wire/tcp_options.h"

#include <algorithm>

#include "wire/bytes.h"
#include "wire/layout.h"

namespace gimbal {

namespace {

constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 2.3
constexpr std::size_t kSackBlock = 8;

void read_timestamps(const std::byte* value, TcpOptions& options) noexcept {
  options.has_timestamps = true;
  options.ts_value = load_be32(value);
  options.ts_echo = load_be32(value + 4);
}

/// A second SACK option is refused: an editor that found only one of them would hide half.
bool read_sack(std::span<const std::byte> option, std::size_t offset,
               TcpOptions& options) noexcept {
  const std::size_t blocks = (option.size() - 2) / kSackBlock;
  if (blocks == 0 || option.size() != 2 + blocks * kSackBlock || options.sack_offset != 0) {
    return false;
  }
  options.sack_count = static_cast<std::uint8_t>(blocks);
  options.sack_offset = static_cast<std::uint8_t>(kTcpHeader + offset);
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::byte* block = option.data() + 2 + i * kSackBlock;
    options.sack[i] = {Seq32{load_be32(block)}, Seq32{load_be32(block + 4)}};
  }
  return true;
}

/// One option of kind and length, `offset` bytes after the header's fixed part. False when its
/// length is not one the kind can have.
bool read_option(std::span<const std::byte> option, std::size_t offset,
                 TcpOptions& options) noexcept {
  const std::byte* value = option.data() + 2;
  switch (load_u8(option.data())) {
    case kOptionMss:
      if (option.size() != 4) return false;
      options.mss = load_be16(value);
      return true;
    case kOptionWindowScale:
      if (option.size() != 3) return false;
      options.has_window_scale = true;
      options.window_scale = std::min(load_u8(value), kMaxWindowScale);
      return true;
    case kOptionSackPermitted:
      if (option.size() != 2) return false;
      options.sack_permitted = true;
      return true;
    case kOptionSack:
      return read_sack(option, offset, options);
    case kOptionTimestamps:
      if (option.size() != 10) return false;
      read_timestamps(value, options);
      return true;
    case kOptionMd5:
    case kOptionAuthentication:
    case kOptionMultipath:
      options.untouchable = true;
      return true;
    default:
      return true;
  }
}

}  // namespace

void parse_tcp_options(std::span<const std::byte> bytes, TcpOptions& options) noexcept {
  // Nearly every segment after the handshake: NOP, NOP, timestamps (RFC 7323 appendix A).
  constexpr std::uint32_t kUsualStart = 0x0101'080a;
  std::size_t at = 0;
  if (bytes.size() >= 12 && load_be32(bytes.data()) == kUsualStart) [[likely]] {
    read_timestamps(bytes.data() + 4, options);
    at = 12;
  }
  while (at < bytes.size()) {
    const std::uint8_t kind = load_u8(&bytes[at]);
    if (kind == kOptionEnd) return;
    if (kind == kOptionNop) {
      ++at;
      continue;
    }
    const std::size_t left = bytes.size() - at;
    const std::size_t length = left >= 2 ? load_u8(&bytes[at + 1]) : 0;
    if (length < 2 || length > left || !read_option(bytes.subspan(at, length), at, options)) {
      options.malformed = true;
      return;
    }
    at += length;
  }
}

}  // namespace gimbal
