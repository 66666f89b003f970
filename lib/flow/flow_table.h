#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "flow/bucket.h"
#include "flow/flow_key.h"
#include "flow/index_pool.h"
#include "flow/slab.h"

namespace gimbal {

/// What a table asks of a flow: it carries its own key and hash. Keep both in its first cache line.
template <class F>
concept KeyedFlow = requires(F flow) {
  { flow.key } -> std::same_as<FlowKey&>;
  { flow.hash } -> std::same_as<std::uint32_t&>;
};

/// Finds a flow by key. Capacity is fixed and all memory taken at construction; one thread owns it.
///
/// Buckets of one cache line, probed in line; at most two thirds of the slots are ever used, so
/// nearly every search ends in its first bucket. Pointers and indexes stay valid until erased.
///
/// For bursts: `prefetch` every hash, then `prefetch_flow` every hash, then `find`. Each pass hides
/// one cache miss of the whole burst behind the others.
template <KeyedFlow Flow>
class FlowTable {
 public:
  /// `capacity` flows, 1 to 2^31.
  explicit FlowTable(std::uint32_t capacity)
      : flows_{capacity},
        indexes_{capacity},
        buckets_{bucket_count(capacity)},
        mask_{static_cast<std::uint32_t>(buckets_.size() - 1)} {}

  void prefetch(std::uint32_t hash) const noexcept { __builtin_prefetch(&buckets_[hash & mask_]); }
  /// Call when the bucket has had time to arrive. Returns the flow it fetches, which is nearly
  /// always the one `find` will return, so that a caller may fetch more of it; nullptr when none.
  Flow* prefetch_flow(std::uint32_t hash) noexcept {
    const Bucket& bucket = buckets_[hash & mask_];
    const unsigned hits = bucket.match(Bucket::tag_of(hash));
    if (hits == 0) return nullptr;
    Flow* flow = &flows_[bucket.indexes[Bucket::first(hits)]];
    __builtin_prefetch(flow);
    return flow;
  }

  /// `hash` is hash(key, seed), with the same seed for the life of the table.
  [[nodiscard]] Flow* find(const FlowKey& key, std::uint32_t hash) noexcept {
    const std::uint16_t tag = Bucket::tag_of(hash);
    for (std::uint32_t probe = 0; probe <= mask_; ++probe) {
      const Bucket& bucket = buckets_[(hash + probe) & mask_];
      for (unsigned hits = bucket.match(tag); hits != 0; hits &= hits - 1) {
        Flow& flow = flows_[bucket.indexes[Bucket::first(hits)]];
        if (flow.hash == hash && flow.key == key) [[likely]]
          return &flow;
      }
      if (bucket.passed_on == 0) [[likely]]
        return nullptr;
    }
    return nullptr;
  }

  /// A value-initialised flow with key and hash set; nullptr when the table is full. The key must
  /// not be in the table.
  [[nodiscard]] Flow* insert(const FlowKey& key, std::uint32_t hash) noexcept {
    if (size() == capacity()) return nullptr;
    std::uint32_t at = hash & mask_;
    unsigned empty = buckets_[at].match(0);
    while (empty == 0) {
      ++buckets_[at].passed_on;
      at = (at + 1) & mask_;
      empty = buckets_[at].match(0);
    }
    const std::uint32_t index = indexes_.take();
    buckets_[at].tags[Bucket::first(empty)] = Bucket::tag_of(hash);
    buckets_[at].indexes[Bucket::first(empty)] = index;
    Flow* flow = std::construct_at(&flows_[index]);
    flow->key = key;
    flow->hash = hash;
    return flow;
  }

  /// `flow` must be in the table and its key and hash unchanged.
  void erase(Flow* flow) noexcept {
    const std::uint32_t index = index_of(flow);
    GIMBAL_CHECK(is_used(index));
    for (std::uint32_t at = flow->hash & mask_;; at = (at + 1) & mask_) {
      Bucket& bucket = buckets_[at];
      for (unsigned hits = bucket.match(Bucket::tag_of(flow->hash)); hits != 0; hits &= hits - 1) {
        if (bucket.indexes[Bucket::first(hits)] != index) continue;
        bucket.tags[Bucket::first(hits)] = 0;
        indexes_.give(index);
        return;
      }
      GIMBAL_CHECK(bucket.passed_on != 0);
      --bucket.passed_on;
    }
  }

  [[nodiscard]] std::uint32_t index_of(const Flow* flow) const noexcept {
    return static_cast<std::uint32_t>(flow - flows_.data());
  }
  [[nodiscard]] Flow& at(std::uint32_t index) noexcept { return flows_[index]; }
  [[nodiscard]] const Flow& at(std::uint32_t index) const noexcept { return flows_[index]; }
  [[nodiscard]] bool is_used(std::uint32_t index) const noexcept { return indexes_.is_used(index); }
  /// The first index in use at or after `cursor`; capacity() when there is none. To visit all, in
  /// pieces if need be: `for (i = next_used(0); i < capacity(); i = next_used(i + 1))`.
  [[nodiscard]] std::uint32_t next_used(std::uint32_t cursor) const noexcept {
    return indexes_.next_used(cursor);
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return indexes_.size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return indexes_.capacity(); }
  /// Buckets the longest search for an absent key visits now; 1 at best. Walks the whole table: for
  /// tests and diagnosis.
  [[nodiscard]] std::size_t longest_search() const noexcept {
    std::size_t longest = 0;
    // Twice around, for the run that crosses the seam.
    for (std::size_t i = 0, run = 0; i < 2 * buckets_.size(); ++i) {
      run = buckets_[i & mask_].passed_on != 0 ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    return std::min(longest, buckets_.size() - 1) + 1;
  }
  /// Memory held, flows included.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return flows_.bytes() + indexes_.bytes() + buckets_.bytes();
  }

 private:
  static std::size_t bucket_count(std::uint32_t capacity) noexcept {
    GIMBAL_CHECK(capacity >= 1 && capacity <= (1U << 31));
    const std::size_t slots = std::size_t{capacity} + capacity / 2 + 1;
    return std::bit_ceil((slots + Bucket::kSlots - 1) / Bucket::kSlots);
  }
  Slab<Flow> flows_;
  IndexPool indexes_;
  Slab<Bucket> buckets_;
  std::uint32_t mask_;
};

}  // namespace gimbal
