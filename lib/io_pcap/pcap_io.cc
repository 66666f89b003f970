#include "io_pcap/pcap_io.h"

#include <cstring>

namespace gimbal {

PcapIo::PcapIo(PcapReader reader, ChoosePort choose_port, std::size_t packets, PcapWriter* output,
               std::uint32_t capacity)
    : x_reader{std::move(reader)},
      x_choose_port{std::move(choose_port)},
      x_pool{packets, capacity},
      x_output{output} {
  look_ahead();
}

void PcapIo::look_ahead() {
  x_next = x_reader.next();
  if (x_next) x_next_port = x_choose_port(x_next->bytes);
}

std::optional<Instant> PcapIo::next_arrival() const noexcept {
  if (!x_next) return std::nullopt;
  // Captures of several queues may step back a little; a clock must not.
  return max(x_next->at, x_now);
}

std::size_t PcapIo::receive(PortId port, std::span<Packet> out) noexcept {
  std::size_t n = 0;
  while (n < out.size() && x_next && x_next->at <= x_now && x_next_port == port) {
    const auto length = static_cast<std::uint32_t>(x_next->bytes.size());
    if (auto packet = x_pool.allocate(length)) {
      std::memcpy(packet->data, x_next->bytes.data(), length);
      packet->port = port;
      out[n++] = *packet;
    } else {
      ++x_refused;
    }
    look_ahead();
  }
  x_received[static_cast<std::size_t>(port)] += n;
  return n;
}

std::size_t PcapIo::transmit(PortId port, std::span<const Packet> in) noexcept {
  for (const Packet& packet : in) {
    if (x_output != nullptr) x_output->write(x_now, packet.bytes());
    x_pool.release(packet);
  }
  x_transmitted[static_cast<std::size_t>(port)] += in.size();
  return in.size();
}

std::uint64_t PcapIo::received(PortId port) const noexcept {
  return x_received[static_cast<std::size_t>(port)];
}
std::uint64_t PcapIo::transmitted(PortId port) const noexcept {
  return x_transmitted[static_cast<std::size_t>(port)];
}

}  // namespace gimbal
