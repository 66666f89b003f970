#include "io_pcap/pcap_io.h"

#include <cstring>

namespace gimbal {

PcapIo::PcapIo(PcapReader reader, ChoosePort choose_port, std::size_t packets, PcapWriter* output,
               std::uint32_t capacity)
    : reader_{std::move(reader)},
      choose_port_{std::move(choose_port)},
      pool_{packets, capacity},
      output_{output} {
  look_ahead();
}

void PcapIo::look_ahead() {
  next_ = reader_.next();
  if (next_) next_port_ = choose_port_(next_->bytes);
}

std::optional<Instant> PcapIo::next_arrival() const noexcept {
  if (!next_) return std::nullopt;
  // Captures of several queues may step back a little; a clock must not.
  return max(next_->at, now_);
}

std::size_t PcapIo::receive(PortId port, std::span<Packet> out) noexcept {
  std::size_t n = 0;
  while (n < out.size() && next_ && next_->at <= now_ && next_port_ == port) {
    const auto length = static_cast<std::uint32_t>(next_->bytes.size());
    if (auto packet = pool_.allocate(length)) {
      std::memcpy(packet->data, next_->bytes.data(), length);
      packet->port = port;
      out[n++] = *packet;
    } else {
      ++refused_;
    }
    look_ahead();
  }
  received_[static_cast<std::size_t>(port)] += n;
  return n;
}

std::size_t PcapIo::transmit(PortId port, std::span<const Packet> in) noexcept {
  for (const Packet& packet : in) {
    if (output_ != nullptr) output_->write(now_, packet.bytes());
    pool_.release(packet);
  }
  transmitted_[static_cast<std::size_t>(port)] += in.size();
  return in.size();
}

std::uint64_t PcapIo::received(PortId port) const noexcept {
  return received_[static_cast<std::size_t>(port)];
}
std::uint64_t PcapIo::transmitted(PortId port) const noexcept {
  return transmitted_[static_cast<std::size_t>(port)];
}

}  // namespace gimbal
