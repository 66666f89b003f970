#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "packet/fate.h"
#include "packet/packet.h"
#include "stats/counters.h"

namespace gimbal {

/// Packets on their way out, per port in order, sent in bursts. Counts each fate when it has come
/// true: a packet the port would not take is `drop_transmit_full`, whatever was planned for it.
template <PacketIo Io>
class Outbox {
 public:
  Outbox(Io& io, WorkerCounters& counters) noexcept : io_{&io}, counters_{&counters} {}

  /// Takes one reference of `packet`. `out` is the port it leaves by.
  void push(PortId out, const Packet& packet, Fate fate) noexcept { add(out, packet, fate, true); }
  /// A copy we send on our own account: it has no fate, only its original has one.
  void push_copy(PortId out, const Packet& packet) noexcept {
    add(out, packet, Fate::pass_tracked, false);
  }
  void flush() noexcept {
    flush(PortId::lan);
    flush(PortId::wan);
  }

 private:
  static constexpr std::size_t kBurst = 64;
  /// A full transmit queue is offered the rest this often before packets are given up.
  static constexpr int kAttempts = 64;

  struct Lane {
    std::array<Packet, kBurst> packets;
    std::array<Fate, kBurst> fates;
    std::array<bool, kBurst> counted;
    std::size_t size{0};
  };

  void add(PortId out, const Packet& packet, Fate fate, bool counted) noexcept {
    Lane& lane = lanes_[static_cast<std::size_t>(out)];
    if (lane.size == kBurst) flush(out);
    lane.packets[lane.size] = packet;
    lane.fates[lane.size] = fate;
    lane.counted[lane.size] = counted;
    ++lane.size;
  }

  void flush(PortId out) noexcept {
    Lane& lane = lanes_[static_cast<std::size_t>(out)];
    if (lane.size == 0) return;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < lane.size; ++i) bytes += lane.packets[i].length;
    std::size_t sent = 0;
    for (int attempt = 0; attempt < kAttempts && sent < lane.size; ++attempt) {
      if (attempt > 0) counters_->add(Counter::transmit_retries);
      sent +=
          io_->transmit(out, std::span<const Packet>{lane.packets}.subspan(sent, lane.size - sent));
    }
    for (std::size_t i = 0; i < lane.size; ++i) {
      if (lane.counted[i]) counters_->count(i < sent ? lane.fates[i] : Fate::drop_transmit_full);
      if (i < sent) continue;
      bytes -= lane.packets[i].length;
      io_->release(lane.packets[i]);
    }
    PortCounters& port = counters_->ports[static_cast<std::size_t>(out)];
    port.sent_packets += sent;
    port.sent_bytes += bytes;
    lane.size = 0;
  }

  Io* io_;
  WorkerCounters* counters_;
  std::array<Lane, kPortCount> lanes_;
};

}  // namespace gimbal
