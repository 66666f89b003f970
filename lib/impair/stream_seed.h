#pragma once

#include <cstdint>

namespace gimbal::impair {

/// A seed of its own for each random stream of one run. Streams must not be seeded with
/// neighbouring numbers and the like: `Rng` expands its seed by steps of a fixed constant, so two
/// seeds that differ by a multiple of it would share state. Mixing first (MurmurHash3's finaliser)
/// removes any such relation.
[[nodiscard]] constexpr std::uint64_t stream_seed(std::uint64_t seed,
                                                  std::uint64_t stream) noexcept {
  const auto mix = [](std::uint64_t z) {
    z = (z ^ (z >> 33)) * 0xff51'afd7'ed55'8ccdULL;
    z = (z ^ (z >> 33)) * 0xc4ce'b9fe'1a85'ec53ULL;
    return z ^ (z >> 33);
  };
  return mix(mix(seed + 1) ^ mix(~stream));
}

}  // namespace gimbal::impair
