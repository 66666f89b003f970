#pragma once

#include <cmath>
#include <cstdint>

namespace gimbal {

/// xoshiro256** (Blackman and Vigna), seeded by SplitMix64. Small, fast, and the same sequence on
/// every machine for one seed: an impairment or a simulation is repeatable from its seed alone.
class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) noexcept {
    for (auto& word : s_) {
      seed += 0x9e37'79b9'7f4a'7c15ULL;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
      word = z ^ (z >> 31);
    }
  }

  constexpr std::uint64_t next() noexcept {
    const std::uint64_t result = rotl(s_[1] * 5, 7) * 9;
    const std::uint64_t t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = rotl(s_[3], 45);
    return result;
  }

  /// Uniform in [0, 1).
  constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform in (0, 1]: safe under a logarithm.
  constexpr double positive() noexcept { return 1.0 - uniform(); }
  bool chance(double probability) noexcept { return uniform() < probability; }
  double exponential(double mean) noexcept { return -mean * std::log(positive()); }
  /// Standard normal by Box-Muller; one of the pair is thrown away to keep the state tiny.
  double normal() noexcept {
    return std::sqrt(-2.0 * std::log(positive())) * std::cos(6.283185307179586 * uniform());
  }

 private:
  static constexpr std::uint64_t rotl(std::uint64_t x, int k) noexcept {
    return (x << k) | (x >> (64 - k));
  }
  std::uint64_t s_[4]{};
};

}  // namespace gimbal
