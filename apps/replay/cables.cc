#include "replay/cables.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "io_pcap/pcap_file.h"
#include "wire/frame.h"

namespace gimbal::replay {

namespace {

Mac source_mac(std::span<const std::byte> frame) {
  Mac mac{};
  if (frame.size() >= 12) std::memcpy(mac.data(), frame.data() + 6, mac.size());
  return mac;
}

Mac destination_mac(std::span<const std::byte> frame) {
  Mac mac{};
  if (frame.size() >= 6) std::memcpy(mac.data(), frame.data(), mac.size());
  return mac;
}

bool in_prefix(const IpAddress& address, const IpPrefix& prefix) {
  for (unsigned bit = 0; bit < prefix.bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((address.bytes[bit / 8] ^ prefix.address.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

void look_for_opener(std::span<const std::byte> frame, Survey& seen, bool& known) {
  Segment segment;
  if (seen.has_syn || parse_frame(frame, segment) != FrameKind::tcp) return;
  const bool syn = segment.flags.syn && !segment.flags.ack;
  if (known && !syn) return;
  known = true;
  seen.has_syn = syn;
  // Without a handshake the first sender is taken for the server, so the opener is the other end.
  seen.opener = syn ? segment.source.address : segment.destination.address;
  seen.opener_mac = syn ? source_mac(frame) : destination_mac(frame);
}

}  // namespace

Result<Mac> parse_mac(const std::string& text) {
  Mac mac{};
  unsigned parts[6];
  char rest = 0;
  const int n = std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%c", &parts[0], &parts[1],
                            &parts[2], &parts[3], &parts[4], &parts[5], &rest);
  if (n != 6) return Error{"--lan-mac", text + " is no Ethernet address like 02:00:00:00:00:01"};
  for (std::size_t i = 0; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(parts[i]);
  return mac;
}

Result<Survey> survey(const std::string& path) {
  auto opened = PcapReader::open(path);
  if (!opened) return opened.error();
  PcapReader reader = std::move(opened.value());
  Survey seen;
  bool known = false;
  while (const auto frame = reader.next()) {
    if (seen.frames++ == 0) seen.first = frame->at;
    seen.last = max(seen.last, frame->at);
    seen.longest = std::max(seen.longest, static_cast<std::uint32_t>(frame->bytes.size()));
    look_for_opener(frame->bytes, seen, known);
    if (known && source_mac(frame->bytes) != seen.opener_mac) seen.macs_differ = true;
  }
  return seen;
}

PortId CableChooser::operator()(std::span<const std::byte> frame) const {
  Segment segment;
  switch (rule_.by) {
    case CableRule::By::mac:
      return source_mac(frame) == rule_.mac ? PortId::lan : PortId::wan;
    case CableRule::By::prefix:
      if (parse_frame(frame, segment) != FrameKind::tcp) return PortId::lan;
      return in_prefix(segment.source.address, rule_.prefix) ? PortId::lan : PortId::wan;
    case CableRule::By::first_syn:
      break;
  }
  bool from_opener = source_mac(frame) == seen_.opener_mac;
  if (!seen_.macs_differ && parse_frame(frame, segment) == FrameKind::tcp)
    from_opener = segment.source.address == seen_.opener;
  return from_opener == rule_.client_on_lan ? PortId::lan : PortId::wan;
}

std::string CableChooser::sentence() const {
  if (rule_.by == CableRule::By::mac) return "lan: frames from the Ethernet address given";
  if (rule_.by == CableRule::By::prefix) return "lan: frames from " + to_text(rule_.prefix);
  const std::string cable = rule_.client_on_lan ? "lan" : "wan";
  const std::string why =
      seen_.has_syn ? "sent the first SYN" : "was the first one sent to (no SYN)";
  return cable + ": " + to_text(seen_.opener) + ", because it " + why;
}

}  // namespace gimbal::replay
