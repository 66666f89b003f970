#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "io_pcap/heap_pool.h"
#include "packet/packet.h"

namespace gimbal::testing {

/// Two cables a test holds in its hands: it puts frames in and takes out what came.
class FakeIo {
 public:
  explicit FakeIo(std::size_t packets = 4096) : pool_{packets, 2048} {}

  void inject(PortId port, std::span<const std::byte> frame) {
    std::optional<Packet> packet = pool_.allocate(static_cast<std::uint32_t>(frame.size()));
    GIMBAL_CHECK(packet.has_value());
    packet->port = port;
    std::memcpy(packet->data, frame.data(), frame.size());
    incoming_[index(port)].push_back(*packet);
  }
  /// Frames that left by `port` since the last call.
  [[nodiscard]] std::vector<std::vector<std::byte>> taken(PortId port) {
    return std::exchange(outgoing_[index(port)], {});
  }
  /// How many packets a port takes from now on; SIZE_MAX is a healthy port.
  void limit_transmit(std::size_t packets) { room_ = packets; }

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    auto& queue = incoming_[index(port)];
    std::size_t n = 0;
    for (; n < out.size() && !queue.empty(); ++n) {
      out[n] = queue.front();
      queue.pop_front();
    }
    return n;
  }
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    std::size_t n = 0;
    for (; n < in.size() && room_ > 0; ++n) {
      if (room_ != SIZE_MAX) --room_;
      const auto bytes = in[n].bytes();
      outgoing_[index(port)].emplace_back(bytes.begin(), bytes.end());
      pool_.release(in[n]);
    }
    return n;
  }
  void retain(const Packet& packet) noexcept { pool_.retain(packet); }
  void release(const Packet& packet) noexcept { pool_.release(packet); }
  std::optional<Packet> allocate(std::uint32_t length) noexcept { return pool_.allocate(length); }
  [[nodiscard]] const HeapPool& pool() const noexcept { return pool_; }

 private:
  static std::size_t index(PortId port) noexcept { return static_cast<std::size_t>(port); }
  HeapPool pool_;
  std::array<std::deque<Packet>, kPortCount> incoming_;
  std::array<std::vector<std::vector<std::byte>>, kPortCount> outgoing_;
  std::size_t room_{SIZE_MAX};
};
static_assert(PacketIo<FakeIo>);

}  // namespace gimbal::testing
