#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"

struct rte_mbuf;
struct rte_mempool;

namespace gimbal {

/// One receive and transmit queue of a kernel interface over AF_PACKET, for one worker: a memory
/// mapped receive ring (TPACKET_V2) and batched sends.
///
/// DPDK has a driver for this; it is not used because it is not a transparent wire (docs/adr/0010):
/// it lets the kernel reassemble IPv4 fragments, and turns 802.1ad tags into 802.1Q ones. This one
/// hands over every frame as it was on the cable: tags with their own type, fragments as fragments,
/// checksums the neighbour left to its hardware completed.
///
/// One limit is the kernel's: it sends frames of up to MTU + 14 bytes, 4 more when the outer tag is
/// 802.1Q. A full-size frame under an 802.1ad tag is refused and counted as oversize; the mend is
/// an MTU 8 bytes larger on both of our interfaces.
class SocketQueue {
 public:
  struct Options {
    unsigned interface_index{0};
    std::uint32_t mtu{1500};
    std::uint16_t queue{0};         ///< Queues of one port are opened in order from 0 ...
    std::uint16_t queues{1};        ///< ... and share the frames by flow (flow_owner.h).
    std::uint16_t fanout_group{0};  ///< From queue 0 for the others.
    rte_mempool* pool{nullptr};
  };
  struct Stats {
    std::uint64_t missed{0};    ///< The ring was full.
    std::uint64_t oversize{0};  ///< Larger than the MTU: received merged, or refused on sending.
    std::uint64_t starved{0};   ///< No packet buffer.
    std::uint64_t unsent{0};    ///< Lost because the link was down.
  };

  static Result<std::unique_ptr<SocketQueue>> open(const Options& options);
  ~SocketQueue();
  SocketQueue(const SocketQueue&) = delete;
  SocketQueue& operator=(const SocketQueue&) = delete;

  /// Bytes of buffer a frame of an interface with this MTU may need.
  [[nodiscard]] static std::uint32_t buffer_bytes(std::uint32_t mtu) noexcept;

  /// worker: fills `out`, answers how many.
  std::size_t receive(std::span<rte_mbuf*> out) noexcept;
  /// worker: sends and frees the first n of `in`, answers n.
  std::size_t transmit(std::span<rte_mbuf* const> in) noexcept;

  [[nodiscard]] int descriptor() const noexcept { return socket_; }  ///< Readable: frames wait.
  [[nodiscard]] std::uint16_t fanout_group() const noexcept { return fanout_group_; }
  /// control: reading also folds in the kernel's own count, which reading resets.
  [[nodiscard]] Stats stats();

 private:
  SocketQueue() = default;
  std::optional<Error> set_up(const Options& options);
  std::optional<Error> map_ring(const Options& options);
  std::optional<Error> join_fanout(const Options& options);
  static void count(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] rte_mbuf* take_frame(const std::byte* frame) noexcept;

  int socket_{-1};
  std::uint16_t fanout_group_{0};
  rte_mempool* pool_{nullptr};
  std::byte* ring_{nullptr};
  std::size_t ring_bytes_{0};
  std::uint32_t frame_bytes_{0};
  std::uint32_t frame_count_{0};
  std::uint32_t next_{0};
  std::uint32_t largest_{0};
  std::uint64_t missed_{0};                 // control: rw
  std::atomic<std::uint64_t> oversize_{0};  // worker: rw, control: ro; so are the next two
  std::atomic<std::uint64_t> starved_{0};
  std::atomic<std::uint64_t> unsent_{0};
};

}  // namespace gimbal
