#include "probe/mpa_frame.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "probe/crc32c.h"

namespace gimbal::probe {
namespace {

constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kCrcSize = 4;
/// What has been read is given up in pieces of so much, not byte by byte.
constexpr std::size_t kCompactAbove = 256 * 1024;

using Word = std::array<std::byte, 4>;

constexpr std::uint16_t get16(std::span<const std::byte> in, std::size_t at) {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(in[at]) << 8) |
                                    std::to_integer<unsigned>(in[at + 1]));
}

void put16(std::span<std::byte> out, std::size_t at, std::size_t value) {
  out[at] = static_cast<std::byte>(value >> 8);
  out[at + 1] = static_cast<std::byte>(value);
}

/// Length, ULPDU and padding: what stands before the CRC.
constexpr std::size_t padded(std::size_t ulpdu) { return (kLengthSize + ulpdu + 3) / 4 * 4; }

Word little_endian(std::uint32_t value) {
  Word out{};
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
  return out;
}

constexpr std::string_view kRequestKey = "MPA ID Req Frame";
constexpr std::string_view kReplyKey = "MPA ID Rep Frame";
constexpr std::byte kMarkersBit{0x80};
constexpr std::byte kCrcBit{0x40};
constexpr std::byte kRejectBit{0x20};
constexpr std::byte kRevision{1};

bool begins_with(std::span<const std::byte> in, std::string_view key) {
  return std::memcmp(in.data(), key.data(), key.size()) == 0;
}

}  // namespace

std::vector<std::byte> MpaStartup::serialize() const {
  GIMBAL_CHECK(private_data.size() <= kMaxPrivate);
  std::vector<std::byte> out(kHeaderSize + private_data.size());
  std::memcpy(out.data(), (reply ? kReplyKey : kRequestKey).data(), kRequestKey.size());
  if (options.markers) out[16] |= kMarkersBit;
  if (options.crc) out[16] |= kCrcBit;
  if (rejected) out[16] |= kRejectBit;
  out[17] = kRevision;
  put16(out, 18, private_data.size());
  std::copy(private_data.begin(), private_data.end(), out.begin() + kHeaderSize);
  return out;
}

std::optional<std::size_t> MpaStartup::size_of(std::span<const std::byte> in) noexcept {
  if (in.size() < kHeaderSize || in[17] != kRevision) return std::nullopt;
  if (!begins_with(in, kRequestKey) && !begins_with(in, kReplyKey)) return std::nullopt;
  const std::size_t data = get16(in, 18);
  if (data > kMaxPrivate) return std::nullopt;
  return kHeaderSize + data;
}

std::optional<MpaStartup> MpaStartup::parse(std::span<const std::byte> in) {
  const auto size = size_of(in);
  if (!size || in.size() < *size) return std::nullopt;
  MpaStartup startup;
  startup.reply = begins_with(in, kReplyKey);
  startup.options.markers = (in[16] & kMarkersBit) != std::byte{0};
  startup.options.crc = (in[16] & kCrcBit) != std::byte{0};
  startup.rejected = (in[16] & kRejectBit) != std::byte{0};
  const auto data = in.subspan(kHeaderSize, *size - kHeaderSize);
  startup.private_data.assign(data.begin(), data.end());
  return startup;
}

void MpaWriter::put_marker(std::uint64_t fpdu, std::vector<std::byte>& out) {
  if (!options_.markers || position_ % kMpaMarkerInterval != 0) return;
  Word marker{};
  put16(marker, 2, static_cast<std::size_t>(position_ - fpdu));
  out.insert(out.end(), marker.begin(), marker.end());
  position_ += marker.size();
}

void MpaWriter::put(std::span<const std::byte> bytes, std::uint64_t fpdu,
                    std::vector<std::byte>& out) {
  while (!bytes.empty()) {
    put_marker(fpdu, out);
    std::size_t n = bytes.size();
    if (options_.markers)
      n = std::min<std::size_t>(n, kMpaMarkerInterval - position_ % kMpaMarkerInterval);
    out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    position_ += n;
    bytes = bytes.subspan(n);
  }
}

void MpaWriter::append(std::span<const std::byte> ulpdu, std::vector<std::byte>& out) {
  GIMBAL_CHECK(ulpdu.size() <= kMpaMaxUlpdu);
  const std::size_t first = out.size();
  put_marker(position_, out);  // One that falls between two FPDUs belongs to the second: 4.3.
  const std::uint64_t fpdu = position_;
  Word head{};
  put16(head, 0, ulpdu.size());
  put(std::span{head}.first(kLengthSize), fpdu, out);
  put(ulpdu, fpdu, out);
  const Word padding{};
  put(std::span{padding}.first(padded(ulpdu.size()) - kLengthSize - ulpdu.size()), fpdu, out);
  put_marker(fpdu, out);
  const std::uint32_t crc = options_.crc ? crc32c(std::span{out}.subspan(first)) : 0;
  put(little_endian(crc), fpdu, out);
}

std::span<const std::byte> MpaReader::unread() const noexcept {
  return std::span{input_}.subspan(read_);
}

void MpaReader::feed(std::span<const std::byte> bytes) {
  if (read_ > kCompactAbove || read_ == input_.size()) {
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
  }
  input_.insert(input_.end(), bytes.begin(), bytes.end());
}

/// Takes the marker if one is due here. False: it is not there yet, or it is wrong.
bool MpaReader::take_marker() {
  if (!options_.markers || position_ % kMpaMarkerInterval != 0) return true;
  if (unread().size() < kMpaMarkerSize) return false;
  const auto marker = unread().first(kMpaMarkerSize);
  const std::uint64_t distance = frame_.empty() ? 0 : position_ - began_;
  if (get16(marker, 2) != distance) return fault_ = MpaFault::marker, false;
  crc_ = crc32c(marker, crc_);
  read_ += kMpaMarkerSize;
  position_ += kMpaMarkerSize;
  ++markers_;
  return true;
}

/// Grows the frame to `size` bytes. False: not all of them are there yet, or a fault.
bool MpaReader::fill_to(std::size_t size, bool covered) {
  while (frame_.size() < size) {
    if (!take_marker()) return false;
    if (frame_.empty()) began_ = position_;
    std::size_t n = std::min(size - frame_.size(), unread().size());
    if (options_.markers)
      n = std::min<std::size_t>(n, kMpaMarkerInterval - position_ % kMpaMarkerInterval);
    if (n == 0) return false;
    const auto piece = unread().first(n);
    frame_.insert(frame_.end(), piece.begin(), piece.end());
    if (covered && options_.crc) crc_ = crc32c(piece, crc_);
    read_ += n;
    position_ += n;
  }
  return true;
}

std::optional<std::span<const std::byte>> MpaReader::next() {
  if (fault_ != MpaFault::none) return std::nullopt;
  if (complete_) {
    frame_.clear();
    crc_ = 0;
    complete_ = false;
  }
  if (!fill_to(kLengthSize, true)) return std::nullopt;
  const std::size_t length = get16(frame_, 0);
  if (length > kMpaMaxUlpdu) return fault_ = MpaFault::length, std::nullopt;
  const std::size_t body = padded(length);
  if (!fill_to(body, true)) return std::nullopt;
  // A marker that falls before the CRC is covered by it.
  if (frame_.size() == body && !take_marker()) return std::nullopt;
  if (!fill_to(body + kCrcSize, false)) return std::nullopt;
  complete_ = true;
  if (options_.crc && !std::ranges::equal(little_endian(crc_), std::span{frame_}.subspan(body)))
    return fault_ = MpaFault::crc, std::nullopt;
  return std::span{frame_}.subspan(kLengthSize, length);
}

std::string_view describe(MpaFault fault) {
  switch (fault) {
    case MpaFault::none:
      return "none";
    case MpaFault::crc:
      return "CRC32c";
    case MpaFault::marker:
      return "marker";
    case MpaFault::length:
      return "length";
  }
  return "";
}

}  // namespace gimbal::probe
