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
  read = 1,    ///< Answer with `bytes` bytes; the next request may follow on the connection.
  source = 2,  ///< Send the pattern: `bytes` of it, or for `millis`.
  sink = 3,    ///< Receive the pattern, `bytes` of it or until the client closes.
  report = 4,  ///< Answer with the JSON trace of the transfer `id`, then close.
};

/// One request, 56 bytes, big-endian: ask, bytes, millis, seed, id, congestion control's name.
struct Request {
  static constexpr std::size_t kSize = 56;
  static constexpr std::size_t kNameSize = 16;
  static constexpr std::uint32_t kMagic = 0x47505231;

  Ask ask{Ask::read};
  std::uint64_t bytes{0};   ///< 0: until told otherwise by time or by the peer.
  std::uint32_t millis{0};  ///< 0: no limit in time.
  std::uint64_t seed{0};    ///< Of the pattern.
  std::uint64_t id{0};      ///< Names the transfer for a later `report`.
  std::string congestion;   ///< For the server's socket; empty leaves the system's choice.

  [[nodiscard]] std::array<std::byte, kSize> serialize() const noexcept {
    std::array<std::byte, kSize> out{};
    put(out, 0, kMagic, 4);
    put(out, 4, static_cast<std::uint64_t>(ask), 4);
    put(out, 8, bytes, 8);
    put(out, 16, millis, 8);
    put(out, 24, seed, 8);
    put(out, 32, id, 8);
    for (std::size_t i = 0; i < congestion.size() && i < kNameSize - 1; ++i)
      out[40 + i] = static_cast<std::byte>(congestion[i]);
    return out;
  }

  /// Nothing when the bytes are not a request of this protocol.
  static std::optional<Request> parse(std::span<const std::byte, kSize> in) {
    const std::uint64_t ask = get(in, 4, 4);
    if (get(in, 0, 4) != kMagic || ask < 1 || ask > 4 || in[kSize - 1] != std::byte{0})
      return std::nullopt;
    Request request;
    request.ask = static_cast<Ask>(ask);
    request.bytes = get(in, 8, 8);
    request.millis = static_cast<std::uint32_t>(get(in, 16, 8));
    request.seed = get(in, 24, 8);
    request.id = get(in, 32, 8);
    for (std::size_t i = 40; in[i] != std::byte{0}; ++i)
      request.congestion.push_back(static_cast<char>(in[i]));
    return request;
  }

 private:
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

}  // namespace gimbal::probe
