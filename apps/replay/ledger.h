#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "packet/fate.h"
#include "packet/packet.h"
#include "stats/counters.h"
#include "wire/frame.h"
#include "wire/segment.h"

namespace gimbal::replay {

/// One frame of the capture and what became of it.
struct Entry {
  Instant at;  ///< When it came, from the start of the capture.
  Instant left{Instant::never()};
  PortId port{PortId::lan};
  std::uint32_t length{0};
  FrameKind kind{FrameKind::not_ip};
  Segment segment;
  std::optional<Fate> fate;
  std::uint32_t copies{0};  ///< Times it was sent again from the cache.
};

/// Learns each packet's fate by watching the worker from outside: what it receives, transmits and
/// gives back, and which counter moved meanwhile. The worker does not know.
class Ledger {
 public:
  explicit Ledger(bool keep_entries) : keep_{keep_entries} {}

  void watch(const WorkerCounters& counters) noexcept { counters_ = &counters; }

  void received(const Packet& packet, Instant at);
  void transmitted(const Packet& packet, Instant at);
  /// The worker is about to give a reference back.
  void releasing(const Packet& packet);
  /// A turn of the worker is over: settles what was transmitted in it.
  void settle();

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  [[nodiscard]] std::optional<Fate> moved(bool held);

  bool keep_;
  const WorkerCounters* counters_{nullptr};
  std::vector<Entry> entries_;
  std::unordered_map<const void*, std::size_t> by_handle_;
  std::vector<std::size_t> sent_this_turn_;
  std::size_t newest_{SIZE_MAX};  ///< The one received this turn.
  std::array<std::uint64_t, kFateCount> seen_{};
};

}  // namespace gimbal::replay
