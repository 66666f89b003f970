#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/time.h"
#include "config/config.h"
#include "io_dpdk/socket_queue.h"
#include "io_dpdk/steering.h"
#include "packet/packet.h"

namespace gimbal {

/// Pins down how the calling worker thread is scheduled: timers without slack and, when it shares
/// its core (Idle::sleep), a higher priority. Best effort.
void prepare_worker_thread(Idle idle) noexcept;

/// The PacketIo of one worker: its queue on either port and its own pool. `Packet::handle` is the
/// rte_mbuf. Inline, so that the pipeline built on it is one function to the compiler; the only
/// header of this folder, with clock.h and worker_loop.h, that shows DPDK.
class DpdkIo {
 public:
  struct Port {
    SocketQueue* socket{nullptr};  ///< Set for a kernel interface on AF_PACKET, else ...
    std::uint16_t ethdev{0};       ///< ... the port and
    std::uint16_t queue{0};        ///< queue of an ethdev.
    bool receives{true};           ///< False: the device has fewer receive queues than workers.
    int wake_descriptor{-1};       ///< Readable when frames wait; -1: the device cannot tell.
  };

  DpdkIo(std::array<Port, kPortCount> ports, rte_mempool* pool, Steering* steering,
         unsigned worker) noexcept;

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    std::array<rte_mbuf*, kBurst> taken;
    const std::size_t room = out.size() < kBurst ? out.size() : kBurst;
    // What other workers hand over needs its share of the burst even when the queue is never empty.
    std::size_t n = take(port, {taken.data(), steering_ == nullptr ? room : (room + 1) / 2});
    if (steering_ != nullptr) {
      n = steering_->settle(worker_, port, {taken.data(), room}, n);
      send_untouched(opposite(port), steering_->overflow(worker_));
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < n; ++i) {
      rte_mbuf* mbuf = taken[i];
      if (mbuf->nb_segs > 1 && rte_pktmbuf_linearize(mbuf) != 0) [[unlikely]] {
        rte_pktmbuf_free(mbuf);
        ++unlinear_;
        continue;
      }
      out[kept++] =
          Packet{rte_pktmbuf_mtod(mbuf, std::byte*), mbuf, rte_pktmbuf_pkt_len(mbuf), port};
    }
    received_ += kept;
    return kept;
  }

  /// Sends at most 64 per call; what it does not take stays with the caller.
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    std::array<rte_mbuf*, kBurst> out;
    const std::size_t n = in.size() < kBurst ? in.size() : kBurst;
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = static_cast<rte_mbuf*>(in[i].handle);
      // The frame may have been shortened, or be a buffer we allocated.
      if (rte_mbuf_refcnt_read(out[i]) == 1)
        out[i]->pkt_len = out[i]->data_len = static_cast<std::uint16_t>(in[i].length);
    }
    return send(port, {out.data(), n});
  }

  void retain(const Packet& packet) noexcept {
    rte_mbuf_refcnt_update(static_cast<rte_mbuf*>(packet.handle), 1);
  }
  void release(const Packet& packet) noexcept {
    rte_pktmbuf_free(static_cast<rte_mbuf*>(packet.handle));
  }
  std::optional<Packet> allocate(std::uint32_t length) noexcept {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    if (mbuf == nullptr) return std::nullopt;
    if (length > rte_pktmbuf_tailroom(mbuf)) return rte_pktmbuf_free(mbuf), std::nullopt;
    mbuf->pkt_len = mbuf->data_len = static_cast<std::uint16_t>(length);
    return Packet{rte_pktmbuf_mtod(mbuf, std::byte*), mbuf, length, PortId::lan};
  }

  /// worker: packets received so far, for the idle decision.
  [[nodiscard]] std::uint64_t received_total() const noexcept { return received_; }
  /// True when a packet on either port, or handed over by another worker, ends `sleep` early.
  [[nodiscard]] bool can_be_woken() const noexcept { return can_be_woken_; }
  /// worker: waits until a packet waits or `longest` is over.
  void sleep(Nanos longest) noexcept;

  static constexpr std::size_t kBurst = Steering::kLargestBurst;

 private:
  std::size_t take(PortId port, std::span<rte_mbuf*> out) noexcept {
    Port& from = ports_[static_cast<std::size_t>(port)];
    if (!from.receives) return 0;
    if (from.socket != nullptr) return from.socket->receive(out);
    return rte_eth_rx_burst(from.ethdev, from.queue, out.data(),
                            static_cast<std::uint16_t>(out.size()));
  }

  std::size_t send(PortId port, std::span<rte_mbuf*> out) noexcept {
    Port& to = ports_[static_cast<std::size_t>(port)];
    if (to.socket != nullptr) return to.socket->transmit(out);
    return rte_eth_tx_burst(to.ethdev, to.queue, out.data(),
                            static_cast<std::uint16_t>(out.size()));
  }
  void send_untouched(PortId port, std::span<rte_mbuf* const> packets) noexcept;

  std::array<Port, kPortCount> ports_;
  rte_mempool* pool_;
  Steering* steering_;
  unsigned worker_;
  bool can_be_woken_;
  std::uint64_t received_{0};
  std::uint64_t unlinear_{0};
};

static_assert(PacketIo<DpdkIo>);

}  // namespace gimbal
