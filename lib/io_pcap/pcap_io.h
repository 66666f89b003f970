#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "io_pcap/heap_pool.h"
#include "io_pcap/pcap_file.h"
#include "packet/packet.h"

namespace gimbal {

/// Which cable a captured frame came from. Called once per frame, in capture order.
using ChoosePort = std::function<PortId(std::span<const std::byte> frame)>;

/// A capture as a PacketIo: frames arrive when the caller's virtual clock reaches their stamp, and
/// what is transmitted goes to an output capture. One thread; the clock never runs back.
///
///   PcapIo io{std::move(reader), choose_port, 65536};
///   while (auto at = io.next_arrival()) {
///     now = min(*at, worker.next_deadline());
///     io.advance(now);
///     worker.run_once(now);
///   }
///
/// A frame the capture cut short arrives short. A frame that finds the pool spent is counted by
/// `refused` and not delivered.
class PcapIo {
 public:
  /// `output` may be null: transmitted frames are then only counted.
  PcapIo(PcapReader reader, ChoosePort choose_port, std::size_t packets,
         PcapWriter* output = nullptr, std::uint32_t capacity = kCapacity);

  /// Stamp of the next frame not yet received; nothing at the end of the capture.
  [[nodiscard]] std::optional<Instant> next_arrival() const noexcept;
  /// Sets the clock: frames stamped at or before `now` may be received; output is stamped `now`.
  void advance(Instant now) noexcept { now_ = now; }

  std::size_t receive(PortId port, std::span<Packet> out) noexcept;
  std::size_t transmit(PortId port, std::span<const Packet> in) noexcept;
  void retain(const Packet& packet) noexcept { pool_.retain(packet); }
  void release(const Packet& packet) noexcept { pool_.release(packet); }
  std::optional<Packet> allocate(std::uint32_t length) noexcept { return pool_.allocate(length); }

  [[nodiscard]] const HeapPool& pool() const noexcept { return pool_; }
  [[nodiscard]] std::uint64_t received(PortId port) const noexcept;
  [[nodiscard]] std::uint64_t transmitted(PortId port) const noexcept;
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /// Why the capture ended early; empty when it did not.
  [[nodiscard]] const std::string& damage() const noexcept { return reader_.damage(); }

  /// Holds any standard frame and jumbo frames with a tag.
  static constexpr std::uint32_t kCapacity = 9216;

 private:
  void look_ahead();

  PcapReader reader_;
  ChoosePort choose_port_;
  HeapPool pool_;
  PcapWriter* output_;
  Instant now_{};
  std::optional<CapturedFrame> next_;
  PortId next_port_{PortId::lan};
  std::uint64_t received_[kPortCount]{};
  std::uint64_t transmitted_[kPortCount]{};
  std::uint64_t refused_{0};
};

static_assert(PacketIo<PcapIo>);

}  // namespace gimbal
