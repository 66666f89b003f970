#pragma once

#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <span>

#include "io_pcap/heap_pool.h"
#include "packet/packet.h"

namespace gimbal::sim {

/// The simulator as a PacketIo: arrivals wait in an inbox per port; what is transmitted is handed
/// to `on_transmit` as bytes at once.
class SimIo {
 public:
  static constexpr std::uint32_t kCapacity = 2048;
  explicit SimIo(std::size_t packets) : pool_{packets, kCapacity} {}

  /// Puts a frame in the inbox; false when the pool is spent.
  bool arrive(PortId port, std::span<const std::byte> frame) {
    auto packet = pool_.allocate(static_cast<std::uint32_t>(frame.size()));
    if (!packet) return false;
    packet->port = port;
    std::memcpy(packet->data, frame.data(), frame.size());
    inbox_[index(port)].push_back(*packet);
    return true;
  }
  [[nodiscard]] bool waiting() const noexcept { return !inbox_[0].empty() || !inbox_[1].empty(); }
  std::function<void(PortId, std::span<const std::byte>)> on_transmit;

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    auto& inbox = inbox_[index(port)];
    std::size_t count = 0;
    while (count < out.size() && !inbox.empty()) {
      out[count++] = inbox.front();
      inbox.pop_front();
    }
    return count;
  }
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    for (const Packet& packet : in) {
      on_transmit(port, packet.bytes());
      pool_.release(packet);
    }
    return in.size();
  }
  void retain(const Packet& packet) noexcept { pool_.retain(packet); }
  void release(const Packet& packet) noexcept { pool_.release(packet); }
  std::optional<Packet> allocate(std::uint32_t length) noexcept { return pool_.allocate(length); }
  [[nodiscard]] std::size_t packets_held() const noexcept { return pool_.in_use(); }

 private:
  static std::size_t index(PortId port) noexcept { return static_cast<std::size_t>(port); }
  HeapPool pool_;
  std::array<std::deque<Packet>, kPortCount> inbox_;
};

static_assert(PacketIo<SimIo>);

}  // namespace gimbal::sim
