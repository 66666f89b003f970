#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "flow/far_prefix.h"

namespace gimbal {

/// What is remembered of each far prefix: a fixed number of entries in sets of four, the one used
/// longest ago giving way. All memory is taken at construction; one thread owns it. `Value` is
/// copied and default-constructible.
template <class Value>
class PrefixTable {
 public:
  /// `entries` is rounded up to a power of two of at least kWays. `seed` as for flow hashes.
  PrefixTable(std::uint32_t entries, std::uint64_t seed)
      : sets_{std::bit_ceil(entries < kWays ? kWays : entries) / kWays},
        seed_{seed},
        table_{std::make_unique<Set[]>(sets_)} {}

  /// nullptr when nothing is remembered.
  [[nodiscard]] const Value* find(FarPrefix prefix) noexcept {
    Entry* entry = search(set_of(prefix), prefix);
    if (entry == nullptr) return nullptr;
    entry->used = ++clock_;
    return &entry->value;
  }
  /// The entry of `prefix`, a new one if need be; `evicted` tells whether another gave way to it.
  [[nodiscard]] Value& claim(FarPrefix prefix, bool& evicted) noexcept {
    Set& set = set_of(prefix);
    Entry* entry = search(set, prefix);
    evicted = false;
    if (entry == nullptr) {
      entry = &oldest(set);
      evicted = entry->prefix != FarPrefix{};
      *entry = Entry{};
      entry->prefix = prefix;
    }
    entry->used = ++clock_;
    return entry->value;
  }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return sets_ * kWays; }
  [[nodiscard]] std::size_t bytes() const noexcept { return sets_ * sizeof(Set); }

 private:
  static constexpr std::uint32_t kWays = 4;
  struct Entry {
    FarPrefix prefix{};
    std::uint64_t used{0};
    Value value{};
  };
  using Set = std::array<Entry, kWays>;

  [[nodiscard]] Set& set_of(FarPrefix prefix) noexcept {
    std::uint64_t mixed = (prefix.word ^ seed_) * 0x9e37'79b9'7f4a'7c15ULL;
    mixed ^= mixed >> 32;
    return table_[mixed & (sets_ - 1)];
  }
  [[nodiscard]] static Entry* search(Set& set, FarPrefix prefix) noexcept {
    for (Entry& entry : set)
      if (entry.prefix == prefix) return &entry;
    return nullptr;
  }
  [[nodiscard]] static Entry& oldest(Set& set) noexcept {
    Entry* least = &set[0];
    for (Entry& entry : set)
      if (entry.used < least->used) least = &entry;
    return *least;
  }

  std::uint32_t sets_;
  std::uint64_t seed_;
  std::uint64_t clock_{0};
  std::unique_ptr<Set[]> table_;
};

}  // namespace gimbal
