#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "packet/packet.h"

struct rte_mbuf;
struct rte_ring;

namespace gimbal {

/// Brings every TCP packet to the worker that owns its flow, whatever queue the device put it in.
/// Between each two workers and for each port there is one ring with one producer and one
/// consumer, so a flow's packets keep their order. What a full ring does not take is left to the
/// caller, to be sent on untouched: neither lost, nor edited by a worker that does not own it.
class Steering {
 public:
  static constexpr std::size_t kLargestBurst = 64;

  static Result<std::unique_ptr<Steering>> create(unsigned workers);
  ~Steering();
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;

  /// worker `self`: of the first `n` packets in `burst` keeps those it owns, hands the others
  /// over, and fills up with what others handed to it. Answers how many `burst` now holds; what
  /// could be neither kept nor handed over is in `overflow(self)` until the next call.
  std::size_t settle(unsigned self, PortId port, std::span<rte_mbuf*> burst,
                     std::size_t n) noexcept;

  [[nodiscard]] std::span<rte_mbuf* const> overflow(unsigned self) const noexcept;

  /// worker `self`: announces sleep; a hand-over then makes `descriptor(self)` readable. Answers
  /// false when something waits already: do not sleep.
  bool may_sleep(unsigned self) noexcept;
  void woke(unsigned self) noexcept;
  [[nodiscard]] int descriptor(unsigned self) const noexcept;

  /// control: packets worker `self` gave away, and could not because the ring was full.
  [[nodiscard]] std::uint64_t handed_over(unsigned self) const noexcept;
  [[nodiscard]] std::uint64_t overflowed(unsigned self) const noexcept;

 private:
  struct alignas(64) Seat {
    std::atomic<bool> asleep{false};
    std::atomic<std::uint64_t> handed_over{0};
    std::atomic<std::uint64_t> overflowed{0};
    int descriptor{-1};
    std::size_t overflow_count{0};  // worker: rw, this and the next
    std::array<rte_mbuf*, kLargestBurst> overflow{};
  };
  explicit Steering(unsigned workers);
  [[nodiscard]] rte_ring*& ring(unsigned from, unsigned to, PortId port) noexcept;
  void hand_over(unsigned self, unsigned owner, PortId port, rte_mbuf* mbuf) noexcept;

  unsigned workers_;
  std::vector<rte_ring*> rings_;
  std::unique_ptr<Seat[]> seats_;
};

}  // namespace gimbal
