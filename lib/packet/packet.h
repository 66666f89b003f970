#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gimbal {

/// The two cables of a bump in the wire. `lan` faces the hosts we shield, `wan` the unsteady path.
/// The emulator uses the same two for its ports a and b.
enum class PortId : std::uint8_t { lan = 0, wan = 1 };
inline constexpr std::size_t kPortCount = 2;

[[nodiscard]] constexpr PortId opposite(PortId port) noexcept {
  return port == PortId::lan ? PortId::wan : PortId::lan;
}

/// One frame, by reference: where its bytes lie and the handle its owner (mbuf pool, heap, pcap)
/// knows it by. A plain value, copied freely; ownership is counted by the PacketIo it came from.
/// `data` starts at the Ethernet header; no frame check sequence; one contiguous buffer.
struct Packet {
  std::byte* data{nullptr};
  void* handle{nullptr};
  std::uint32_t length{0};
  PortId port{PortId::lan};  ///< The port it arrived on.

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data, length}; }
};

/// What the pipeline asks of the world. DPDK ports, captures and the simulator each provide one;
/// all are called from a single worker thread.
///
/// - `receive` fills `out` with packets that arrived on `port`; each counts as one reference held
///   by the caller.
/// - `transmit` takes the first n packets it returns, and one reference of each; the caller keeps
///   the rest.
/// - `retain` adds a reference, `release` gives one back. A packet with more than one reference
///   must not be written to.
/// - `allocate` gives a writable buffer of at least `length` bytes, or nothing when the pool is
///   spent. `length` is set on the result.
template <class Io>
concept PacketIo = requires(Io io, PortId port, std::span<Packet> out, std::span<const Packet> in,
                            const Packet& packet, std::uint32_t length) {
  { io.receive(port, out) }
  noexcept->std::same_as<std::size_t>;
  { io.transmit(port, in) }
  noexcept->std::same_as<std::size_t>;
  { io.retain(packet) }
  noexcept;
  { io.release(packet) }
  noexcept;
  { io.allocate(length) }
  noexcept->std::same_as<std::optional<Packet>>;
};

}  // namespace gimbal
