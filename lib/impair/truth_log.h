#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "impair/direction.h"
#include "packet/packet.h"

namespace gimbal::impair {

/// What happened to one packet, as it lies in the file (little endian). Times are nanoseconds
/// since the start of the run; -1 where a dropped packet has none.
struct TruthRecord {
  std::int64_t enqueued{0};
  std::int64_t dequeued{-1};
  std::int64_t released{-1};   ///< As decided on arrival; the emulator reports its precision apart.
  std::uint32_t flow_hash{0};  ///< The same for both directions of a flow; 0: not IP.
  std::uint32_t backlog_bytes{0};  ///< Bottleneck backlog met on arrival.
  std::uint32_t frame_bytes{0};
  std::uint8_t from{0};   ///< PortId it arrived on: 0 is a, 1 is b.
  std::uint8_t cause{0};  ///< DropCause.
  std::uint8_t lane{0};   ///< 0: in no class; else the number of its class, from 1.
  std::uint8_t marks{0};  ///< kMark bits.

  friend bool operator==(const TruthRecord&, const TruthRecord&) noexcept = default;
};

/// Bits of `TruthRecord::marks`. A packet that leaves twice has two records: the first with
/// `duplicated`, the second, right behind it, with `copy`.
inline constexpr std::uint8_t kMarkDuplicated = 1;
inline constexpr std::uint8_t kMarkCopy = 2;
inline constexpr std::uint8_t kMarkCorrupted = 4;
inline constexpr std::uint8_t kMarkCongestion = 8;
static_assert(sizeof(TruthRecord) == 40 && std::is_trivially_copyable_v<TruthRecord>);

[[nodiscard]] TruthRecord make_truth_record(const Admission& admission, PortId from,
                                            std::uint32_t frame_bytes, std::uint32_t flow_hash,
                                            Instant start) noexcept;

/// Head of the file. `records` and `lost` are written when the log is closed; a run that was
/// killed leaves `closed` zero, and the length of the file tells the rest.
struct TruthFileHead {
  std::uint64_t magic{kMagic};
  std::uint32_t version{1};
  std::uint32_t record_bytes{sizeof(TruthRecord)};
  std::uint64_t seed{0};
  std::uint64_t records{0};
  std::uint64_t lost{0};  ///< Records that found the ring full and were not written.
  std::uint64_t closed{0};

  static constexpr std::uint64_t kMagic = 0x3168'7475'7274'6d67;  // "gmtruth1"
};
static_assert(sizeof(TruthFileHead) == 48 && std::is_trivially_copyable_v<TruthFileHead>);

/// Records on their way from the packet path to the file: one producer, one consumer, bounded.
/// A full ring loses the record and counts it; the packet path never waits for a disk.
class TruthRing {
 public:
  /// Room for at least `capacity` records, rounded up to a power of two.
  explicit TruthRing(std::size_t capacity);

  void push(const TruthRecord& record) noexcept;                       // packet path only
  [[nodiscard]] std::size_t pop(std::span<TruthRecord> out) noexcept;  // writer only
  [[nodiscard]] std::uint64_t lost() const noexcept {                  // any thread
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  std::vector<TruthRecord> slots_;
  alignas(64) std::atomic<std::uint64_t> written_{0};  // packet path: rw, writer: ro
  std::uint64_t read_seen_{0};                         // packet path: its last look at read_
  std::atomic<std::uint64_t> lost_{0};                 // packet path: rw, others: ro
  alignas(64) std::atomic<std::uint64_t> read_{0};     // writer: rw, packet path: ro
};

}  // namespace gimbal::impair
