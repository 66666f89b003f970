#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gimbal::probe {

/// What a connection asks the server for.
enum class Ask : std::uint8_t {
  exchange = 1,  ///< Take `upload` bytes, answer; the next request may follow on the connection.
  source = 2,    ///< Send the pattern: `bytes` of it, or for `millis`.
  sink = 3,      ///< Receive the pattern, `bytes` of it or until the client closes.
  report = 4,    ///< Answer with the JSON trace of the transfer `id`, then close.
  mpa = 5,       ///< Speak MPA (RFC 5044) from here on; answers have `bytes` bytes.
};
inline constexpr std::uint64_t kLastAsk = 5;

/// One request, 88 bytes, big-endian, in the order of its members; the congestion control's name
/// fills 16 bytes and ends with a zero.
struct Request {
  static constexpr std::size_t kSize = 88;
  static constexpr std::size_t kNameSize = 16;
  static constexpr std::uint32_t kMagic = 0x47505232;

  Ask ask{Ask::exchange};
  bool duplex{false};            ///< Exchange: the answer does not wait for the upload.
  std::uint64_t bytes{0};        ///< Exchange: of one chunk. Else 0: until told otherwise.
  std::uint32_t millis{0};       ///< Source: 0 is no limit in time.
  std::uint64_t seed{0};         ///< Of the pattern; of both directions of an exchange.
  std::uint64_t id{0};           ///< Names the transfer for a later `report`.
  std::uint64_t upload{0};       ///< Exchange: bytes that follow this request.
  std::uint32_t chunks{1};       ///< Exchange: of `bytes` each.
  std::uint32_t think_us{0};     ///< Exchange: before the first chunk.
  std::uint32_t interval_us{0};  ///< Exchange: between chunks.
  std::string congestion;        ///< For the server's socket; empty leaves the system's choice.

  [[nodiscard]] std::array<std::byte, kSize> serialize() const noexcept {
    std::array<std::byte, kSize> out{};
    put(out, 0, kMagic, 4);
    put(out, 4, duplex ? 1 : 0, 2);
    put(out, 6, static_cast<std::uint64_t>(ask), 2);
    put(out, 8, bytes, 8);
    put(out, 16, millis, 8);
    put(out, 24, seed, 8);
    put(out, 32, id, 8);
    put(out, 40, upload, 8);
    put(out, 48, chunks, 8);
    put(out, 56, think_us, 8);
    put(out, 64, interval_us, 8);
    for (std::size_t i = 0; i < congestion.size() && i < kNameSize - 1; ++i)
      out[kName + i] = static_cast<std::byte>(congestion[i]);
    return out;
  }

  /// Nothing when the bytes are not a request of this protocol.
  static std::optional<Request> parse(std::span<const std::byte, kSize> in) {
    const std::uint64_t ask = get(in, 6, 2);
    if (get(in, 0, 4) != kMagic || get(in, 4, 2) > 1 || ask < 1 || ask > kLastAsk ||
        in[kSize - 1] != std::byte{0})
      return std::nullopt;
    Request request;
    request.ask = static_cast<Ask>(ask);
    request.duplex = get(in, 4, 2) == 1;
    request.bytes = get(in, 8, 8);
    request.millis = static_cast<std::uint32_t>(get(in, 16, 8));
    request.seed = get(in, 24, 8);
    request.id = get(in, 32, 8);
    request.upload = get(in, 40, 8);
    request.chunks = static_cast<std::uint32_t>(get(in, 48, 8));
    request.think_us = static_cast<std::uint32_t>(get(in, 56, 8));
    request.interval_us = static_cast<std::uint32_t>(get(in, 64, 8));
    for (std::size_t i = kName; in[i] != std::byte{0}; ++i)
      request.congestion.push_back(static_cast<char>(in[i]));
    return request;
  }

 private:
  static constexpr std::size_t kName = kSize - kNameSize;

  static void put(std::span<std::byte> out, std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)));
  }
  static std::uint64_t get(std::span<const std::byte> in, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = (value << 8) | std::to_integer<std::uint64_t>(in[at + i]);
    return value;
  }
};

/// Ends every answer to an exchange: 8 bytes, which say whether the upload was right.
struct Trailer {
  static constexpr std::size_t kSize = 8;
  static constexpr std::array<std::byte, kSize> kRight{
      std::byte{'G'}, std::byte{'P'}, std::byte{'E'}, std::byte{'N'},
      std::byte{'D'}, std::byte{'o'}, std::byte{'k'}, std::byte{'!'}};
  static constexpr std::array<std::byte, kSize> kWrong{
      std::byte{'G'}, std::byte{'P'}, std::byte{'E'}, std::byte{'N'},
      std::byte{'D'}, std::byte{'b'}, std::byte{'a'}, std::byte{'d'}};
};

}  // namespace gimbal::probe
