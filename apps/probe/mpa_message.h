#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "probe/pattern.h"

namespace gimbal::probe {

/// What one ULPDU of the mpa workload carries: the number of the message, how it goes, both
/// big-endian, and the piece of its direction's pattern that belongs to this number. The shape of
/// an RDMA message: a small header, then data.
struct MpaMessage {
  static constexpr std::size_t kHeadSize = 16;

  enum class Status : std::uint8_t {
    right = 0,
    wrong_content = 1,  ///< An answer: the request's bytes were not those of its number.
    broken_stream = 2,  ///< The last answer: framing or CRC was wrong, nothing more can be read.
  };

  std::uint64_t number{0};
  Status status{Status::right};

  /// Fills `ulpdu`, which has the size the message shall have, at least `kHeadSize`.
  void write(const Pattern& pattern, std::span<std::byte> ulpdu) const noexcept {
    put(ulpdu, 0, number);
    put(ulpdu, 8, static_cast<std::uint64_t>(status));
    pattern.fill(ulpdu.subspan(kHeadSize), number * ulpdu.size());
  }

  /// The head of `ulpdu`, which has at least `kHeadSize` bytes.
  static MpaMessage parse(std::span<const std::byte> ulpdu) noexcept {
    const std::uint64_t status = get(ulpdu, 8);
    return {get(ulpdu, 0), status <= 2 ? static_cast<Status>(status) : Status::wrong_content};
  }

  /// Whether every byte after the head is the right one.
  static bool is_right(const Pattern& pattern, std::span<const std::byte> ulpdu) noexcept {
    return !pattern.first_difference(ulpdu.subspan(kHeadSize), parse(ulpdu).number * ulpdu.size());
  }

 private:
  static void put(std::span<std::byte> out, std::size_t at, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < 8; ++i)
      out[at + i] = static_cast<std::byte>(value >> (8 * (7 - i)));
  }
  static std::uint64_t get(std::span<const std::byte> in, std::size_t at) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
      value = (value << 8) | std::to_integer<std::uint64_t>(in[at + i]);
    return value;
  }
};

/// The two directions of a connection carry different patterns, so that an echo is not an answer.
inline Pattern mpa_request_pattern(std::uint64_t seed) { return Pattern{seed}; }
inline Pattern mpa_answer_pattern(std::uint64_t seed) { return Pattern{~seed}; }

}  // namespace gimbal::probe
