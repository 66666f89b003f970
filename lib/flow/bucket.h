#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gimbal {

/// One cache line of a flow table: eight slots, each a 16-bit tag of the hash and the index of the
/// flow it stands for. Tag 0 marks an empty slot.
struct alignas(64) Bucket {
  static constexpr std::size_t kSlots = 8;

  std::array<std::uint16_t, kSlots> tags{};
  std::array<std::uint32_t, kSlots> indexes{};
  /// Flows that found this bucket full and live further on. A search may stop here when it is 0;
  /// that is why erasing needs no tombstones.
  std::uint32_t passed_on{0};

  /// The hash's upper bits; those below choose the bucket.
  static std::uint16_t tag_of(std::uint32_t hash) noexcept {
    const auto tag = static_cast<std::uint16_t>(hash >> 16);
    return tag == 0 ? std::uint16_t{1} : tag;
  }
  /// The lowest slot of a mask that is not 0.
  static unsigned first(unsigned mask) noexcept {
    return static_cast<unsigned>(std::countr_zero(mask));
  }
  /// One bit per slot holding `tag`, lowest slot first.
  [[nodiscard]] unsigned match(std::uint16_t tag) const noexcept {
#if defined(__SSE2__)
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags.data()));
    const __m128i hit = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<short>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(hit, _mm_setzero_si128())));
#else
    unsigned mask = 0;
    for (unsigned i = 0; i < kSlots; ++i) mask |= (tags[i] == tag ? 1U : 0U) << i;
    return mask;
#endif
  }
};
static_assert(sizeof(Bucket) == 64);

}  // namespace gimbal
