#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace gimbal::probe {

/// The content of a stream as a function of its seed and the offset in it. The receiver compares
/// every byte with what belongs there, which also finds bytes that are right but in a wrong place:
/// a digest over the whole would only say that something is wrong.
class Pattern {
 public:
  explicit constexpr Pattern(std::uint64_t seed) noexcept : seed_{seed} {}

  /// Writes the bytes [offset, offset + out.size()) of the stream.
  void fill(std::span<std::byte> out, std::uint64_t offset) const noexcept {
    for (std::size_t done = 0; done < out.size();) {
      const std::uint64_t value = word((offset + done) / 8);
      const std::size_t skip = (offset + done) % 8;
      const std::size_t n = std::min(8 - skip, out.size() - done);
      std::memcpy(&out[done], reinterpret_cast<const std::byte*>(&value) + skip, n);
      done += n;
    }
  }

  /// The offset in the stream of the first byte of `in` that does not belong at its place.
  [[nodiscard]] std::optional<std::uint64_t> first_difference(std::span<const std::byte> in,
                                                              std::uint64_t offset) const noexcept {
    for (std::size_t done = 0; done < in.size();) {
      const std::uint64_t value = word((offset + done) / 8);
      const std::size_t skip = (offset + done) % 8;
      const std::size_t n = std::min(8 - skip, in.size() - done);
      const auto* expected = reinterpret_cast<const std::byte*>(&value) + skip;
      if (std::memcmp(&in[done], expected, n) != 0) {
        std::size_t i = 0;
        while (in[done + i] == expected[i]) ++i;
        return offset + done + i;
      }
      done += n;
    }
    return std::nullopt;
  }

 private:
  /// SplitMix64 at position `index`: random access, unlike a generator with state.
  [[nodiscard]] constexpr std::uint64_t word(std::uint64_t index) const noexcept {
    std::uint64_t z = seed_ + (index + 1) * 0x9e37'79b9'7f4a'7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t seed_;
};

}  // namespace gimbal::probe
