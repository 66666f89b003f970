#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "packet/packet.h"

namespace gimbal::impair {

/// Two ports in memory. Knows every buffer it gave out, so a leak or a double release shows.
class FakeIo {
 public:
  struct Buffer {
    std::vector<std::byte> bytes;
    int references{1};
  };

  /// Queues a frame of `length` bytes, its number in the last four, to arrive on `port`.
  void arrive(PortId port, std::uint32_t length, std::uint32_t number) {
    auto buffer = std::make_unique<Buffer>();
    buffer->bytes.resize(length);
    for (std::uint32_t i = 0; i < 4; ++i) {
      buffer->bytes[length - 4 + i] = static_cast<std::byte>(number >> (8 * i));
    }
    inbox_[index(port)].push_back(Packet{buffer->bytes.data(), buffer.get(), length, port});
    buffers_.push_back(std::move(buffer));
  }

  std::size_t receive(PortId port, std::span<Packet> out) noexcept {
    auto& inbox = inbox_[index(port)];
    const std::size_t count = std::min(out.size(), inbox.size());
    std::copy_n(inbox.begin(), count, out.begin());
    inbox.erase(inbox.begin(), inbox.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept {
    const std::size_t count = std::min(in.size(), room_);
    for (const Packet& packet : in.first(count)) {
      std::uint32_t number = 0;
      for (std::uint32_t i = 0; i < 4; ++i) {
        number |= std::to_integer<std::uint32_t>(packet.data[packet.length - 4 + i]) << (8 * i);
      }
      sent[index(port)].push_back(number);
      release(packet);
    }
    return count;
  }

  void retain(const Packet& packet) noexcept { ++static_cast<Buffer*>(packet.handle)->references; }
  void release(const Packet& packet) noexcept {
    if (--static_cast<Buffer*>(packet.handle)->references < 0) ++double_releases;
  }
  std::optional<Packet> allocate(std::uint32_t) noexcept { return std::nullopt; }

  /// Packets the ports take per call from now on.
  void limit_room(std::size_t room) { room_ = room; }
  [[nodiscard]] std::size_t in_use() const {
    return static_cast<std::size_t>(
        std::count_if(buffers_.begin(), buffers_.end(),
                      [](const auto& buffer) { return buffer->references > 0; }));
  }

  std::array<std::vector<std::uint32_t>, kPortCount> sent;  // By the port they left on.
  int double_releases{0};

 private:
  static std::size_t index(PortId port) { return static_cast<std::size_t>(port); }
  std::array<std::deque<Packet>, kPortCount> inbox_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::size_t room_{SIZE_MAX};
};
static_assert(PacketIo<FakeIo>);

}  // namespace gimbal::impair
