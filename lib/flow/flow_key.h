#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "wire/segment.h"

namespace gimbal {

/// Names a TCP connection whichever way its packets go: the two ends in canonical order, and the
/// VLAN they meet in. 38 bytes without padding, so it is compared and hashed as plain words.
struct FlowKey {
  Endpoint low;
  Endpoint high;
  std::uint16_t vlan{0};

  friend bool operator==(const FlowKey& a, const FlowKey& b) noexcept {
    return a.difference(b) == 0;
  }

 private:
  [[nodiscard]] std::uint64_t word(std::size_t at) const noexcept {
    std::uint64_t w;
    std::memcpy(&w, reinterpret_cast<const unsigned char*>(this) + at, sizeof(w));
    return w;
  }
  [[nodiscard]] std::uint64_t difference(const FlowKey& b) const noexcept {
    return (word(0) ^ b.word(0)) | (word(8) ^ b.word(8)) | (word(16) ^ b.word(16)) |
           (word(24) ^ b.word(24)) | (word(30) ^ b.word(30));
  }
  friend std::uint32_t hash(const FlowKey& key, std::uint64_t seed) noexcept;
};
static_assert(sizeof(FlowKey) == 38 && std::has_unique_object_representations_v<FlowKey>);

/// The key of the connection `segment` belongs to. `reversed` tells the direction: false when its
/// source is `low`. The order of the ends is arbitrary but fixed; it says nothing about roles.
[[nodiscard]] FlowKey make_flow_key(const Segment& segment, bool& reversed) noexcept;

/// All 32 bits well mixed. The same for both directions, because the key is. `seed` is drawn once
/// per boot, so that nobody outside can choose ports that all land in one bucket.
[[nodiscard]] std::uint32_t hash(const FlowKey& key, std::uint64_t seed) noexcept;

}  // namespace gimbal
