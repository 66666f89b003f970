#include "flow/flow_key.h"

namespace gimbal {

namespace {

__extension__ using u128 = unsigned __int128;

/// Both halves of a 64 by 64 bit product, folded: every input bit reaches the middle of the word.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const u128 product = static_cast<u128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const std::uint8_t* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// Any total order will do; this one starts with the words in which ends mostly differ.
bool is_before(const Endpoint& a, const Endpoint& b) noexcept {
  const std::uint64_t a_low = load(&a.address.bytes[8]);
  const std::uint64_t b_low = load(&b.address.bytes[8]);
  if (a_low != b_low) return a_low < b_low;
  const std::uint64_t a_high = load(&a.address.bytes[0]);
  const std::uint64_t b_high = load(&b.address.bytes[0]);
  if (a_high != b_high) return a_high < b_high;
  return a.port < b.port;
}

}  // namespace

FlowKey make_flow_key(const Segment& segment, bool& reversed) noexcept {
  reversed = is_before(segment.destination, segment.source);
  return reversed ? FlowKey{segment.destination, segment.source, segment.vlan}
                  : FlowKey{segment.source, segment.destination, segment.vlan};
}

std::uint32_t hash(const FlowKey& key, std::uint64_t seed) noexcept {
  // Odd constants with about half their bits set, so that no factor is ever simple; words 24 and 30
  // overlap, which costs nothing and spares a partial load.
  const std::uint64_t a = mix(key.word(0) ^ seed, key.word(8) ^ 0x8f3a'6c95'd1e2'b74bULL);
  const std::uint64_t b = mix(key.word(16) ^ (seed + 0xc6a4'93d1'5e27'f08bULL),
                              key.word(24) ^ 0x5bd1'e995'7b93'2f6dULL);
  const std::uint64_t c = mix(key.word(30) ^ (seed ^ 0x3c79'ac49'2ba7'b653ULL), a + 1);
  const std::uint64_t h = mix(b ^ c, a ^ 0x94d0'49bb'7f31'21ebULL);
  return static_cast<std::uint32_t>(h ^ (h >> 32));
}

}  // namespace gimbal
